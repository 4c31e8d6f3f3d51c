import type { Verification } from '../../contract/exports'
import type { ImageRun } from './run-images'

/** Index of the largest value among those of one image; the first of equal ones. */
function prediction(logits: Float32Array, image: number, classes: number): number {
  let best = 0
  for (let i = 1; i < classes; i++) if ((logits[image * classes + i] ?? 0) > (logits[image * classes + best] ?? 0)) best = i
  return best
}

const correct = (labels: Int32Array, images: number, predicted: (image: number) => number): number =>
  (100 * Array.from({ length: images }, (_, image) => (predicted(image) === labels[image] ? 1 : 0)).reduce<number>((sum, one) => sum + one, 0)) /
  Math.max(1, images)

export function accuracyOf({ labels, logits, images }: ImageRun): number {
  const classes = logits.length / images
  return correct(labels, images, (image) => prediction(logits, image, classes))
}

/** Compares images that both have; NaN counts as a difference without bound. */
export function compareLogits(run: ImageRun, reference: Float32Array): NonNullable<Verification['comparison']> {
  const classes = run.logits.length / run.images
  const images = Math.min(run.images, Math.floor(reference.length / classes))
  let equal = 0
  let largestDifference = 0
  for (let image = 0; image < images; image++) if (prediction(run.logits, image, classes) === prediction(reference, image, classes)) equal++
  for (let i = 0; i < images * classes; i++) {
    const difference = Math.abs((run.logits[i] ?? NaN) - (reference[i] ?? NaN))
    largestDifference = Number.isNaN(difference) ? Number.MAX_VALUE : Math.max(largestDifference, difference)
  }
  return {
    images,
    equal,
    largestDifference,
    top1: correct(run.labels, images, (image) => prediction(run.logits, image, classes)),
    referenceTop1: correct(run.labels, images, (image) => prediction(reference, image, classes)),
  }
}

/** Predictions may differ in one image of so many. */
const SAME_WITHIN = 10_000
const CLOSE_WITHIN = 1_000

export function verdictOf({ images, equal }: NonNullable<Verification['comparison']>): 'same' | 'close' | 'differs' {
  const different = images - equal
  if (different <= Math.floor(images / SAME_WITHIN)) return 'same'
  return different <= Math.ceil(images / CLOSE_WITHIN) ? 'close' : 'differs'
}

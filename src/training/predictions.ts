import { join } from 'node:path'
import type { ResultRow } from '../contract/entities'
import { type PredictionsFile, predictionsFileName } from '../contract/predictions'
import type { Batch, Dataset } from '../data/batch'
import { writeFileAtomic } from '../util/atomic-write'

/** Answers of a model to single validation images, gathered batch by batch of one pass. */
export class Predictions {
  private readonly found: { image: number; label: number; predicted: number; confidence: number; margin: number }[] = []

  constructor(private readonly dataset: Pick<Dataset, 'validation' | 'classNames'>) {}

  /** `logits` is [images, classes]; places of the batch without an image are passed over. */
  add({ labels, step }: Pick<Batch, 'labels' | 'step'>, logits: Float32Array): void {
    const classes = logits.length / labels.length
    labels.forEach((label, slot) => {
      if (label >= 0) this.found.push({ image: step * labels.length + slot, label, ...likeliest(logits.subarray(slot * classes, (slot + 1) * classes)) })
    })
  }

  /** Keeps them in the run's folder, under the name of their line in the result table. */
  async write(folder: string, kind: ResultRow['kind']): Promise<void> {
    const { found, dataset } = this
    const file: PredictionsFile = {
      classNames: [...dataset.classNames],
      names: found.map(({ image }) => dataset.validation.nameOf(image)),
      predicted: found.map(({ predicted }) => predicted),
      labels: found.map(({ label }) => label),
      confidence: found.map(({ confidence }) => rounded(confidence)),
      margin: found.map(({ margin }) => rounded(margin)),
    }
    await writeFileAtomic(join(folder, predictionsFileName(kind)), JSON.stringify(file))
  }
}

/** Enough to tell confidences apart, at half the bytes. */
const rounded = (share: number): number => Number(share.toPrecision(6))

/** The likeliest class, its softmax, and how far that is ahead of the next one's. Of equal logits the first class counts. */
function likeliest(logits: Float32Array): { readonly predicted: number; readonly confidence: number; readonly margin: number } {
  let [predicted, best, second] = [0, -Infinity, -Infinity]
  logits.forEach((logit, label) => {
    if (logit > best) [predicted, second, best] = [label, best, logit]
    else if (logit > second) second = logit
  })
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - best), 0)
  return { predicted, confidence: 1 / sum, margin: (1 - Math.exp(second - best)) / sum }
}

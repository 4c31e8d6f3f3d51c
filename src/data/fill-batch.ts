import { StudioError } from '../contract/errors'
import { type RandomStream, randomStream } from '../util/random'
import type { Draw, ImagePlacer } from './image-placer'
import type { ImageShape } from './pixels'
import { isUnreadable } from './unreadable'

/** Other images that are tried in a row for one that cannot be used. */
const SUBSTITUTES = 64

/** Where a batch's random numbers come from. */
export interface RandomSource {
  readonly seed: number
  readonly stream: number
}

export interface FillRequest {
  readonly split: 'train' | 'validation'
  /** Images of the batch by their position in the file; fewer than the batch holds at the end of a split. */
  readonly indices: Uint32Array
  /** Position of the batch's first image in the epoch. */
  readonly firstPosition: number
  /** Null leaves the images as they are. */
  readonly augmentation: RandomSource | null
  /** Draws another image for one that cannot be used; null leaves its place empty. */
  readonly substitution: RandomSource | null
  /** [size, height, width, channels], overwritten. */
  readonly images: Uint8Array
  /** [size], overwritten; places without an image get -1. */
  readonly labels: Int32Array
}

/** An image that could not be used. */
export interface SkippedImage {
  readonly split: 'train' | 'validation'
  readonly index: number
  readonly name: string
  /** Completes "Left out <name>: ...". */
  readonly reason: string
}

/**
 * Makes one batch and returns what could not be used. In the place of such an image comes another one, drawn by (seed, epoch, position), where
 * the request substitutes, else none. Throws DATA_CORRUPT when 64 drawn in a row are of no use either.
 */
export function fillBatch(placer: ImagePlacer, shape: ImageShape, request: FillRequest): SkippedImage[] {
  const { split, indices, firstPosition, images, labels } = request
  const size = shape.height * shape.width * shape.channels
  const augmentation = streamOf(request.augmentation)
  const substitution = streamOf(request.substitution)
  const skipped = new Map<number, SkippedImage>()
  images.fill(0)
  labels.fill(-1)

  const tryPlace = (index: number, target: Uint8Array, draw: Draw | null): number | null => {
    if (skipped.has(index)) return null
    try {
      return placer.place(index, target, draw)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      skipped.set(index, { split, index, name: placer.nameOf(index), reason: error.message })
      return null
    }
  }

  for (const [place, index] of indices.entries()) {
    const position = firstPosition + place
    const target = images.subarray(place * size, (place + 1) * size)
    const draw = augmentation === null ? null : { random: augmentation, position }
    let label = tryPlace(index, target, draw)
    for (let attempt = 0; label === null && substitution !== null; attempt++) {
      if (attempt === SUBSTITUTES) throw nothingReadable(placer, [...skipped.values()])
      label = tryPlace(substitution.below(position * SUBSTITUTES + attempt, placer.count), target, draw)
    }
    labels[place] = label ?? -1
  }
  return [...skipped.values()]
}

const streamOf = (source: RandomSource | null): RandomStream | null => (source === null ? null : randomStream(source.seed, source.stream))

function nothingReadable(placer: ImagePlacer, skipped: readonly SkippedImage[]): StudioError {
  const last = skipped.at(-1)
  return new StudioError(
    'DATA_CORRUPT',
    `Of the ${placer.count} training images, ${SUBSTITUTES} drawn in a row cannot be used; the last: ${last?.name ?? 'none'}, ${last?.reason ?? ''}. Check the data set's files.`,
  )
}

import { randomStream } from '../util/random'
import type { ImageStore } from './image-store'

/** Pixels of black border a training image gets before a crop of its old size is taken. */
export const CROP_PADDING = 4

/** Size of the images in a batch. */
export interface ImageShape {
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** Where a batch's random flips and crops come from. */
export interface AugmentationSource {
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
  readonly augmentation: AugmentationSource | null
  /** [size, height, width, channels], overwritten. */
  readonly images: Uint8Array
  /** [size], overwritten; places without an image get -1. */
  readonly labels: Int32Array
}

/**
 * Makes one batch. Stored images are centred in the wanted size on black, one stored channel is repeated for all wanted ones.
 * Augmented images are flipped left to right with probability 1/2 and moved by up to 4 pixels each way, the same as padding by 4 and
 * cropping at random.
 */
export function fillBatch(store: ImageStore, shape: ImageShape, request: FillRequest): void {
  const { indices, firstPosition, augmentation, images, labels } = request
  const size = shape.height * shape.width * shape.channels
  const random = augmentation === null ? null : randomStream(augmentation.seed, augmentation.stream)
  const choices = (2 * CROP_PADDING + 1) ** 2
  images.fill(0)
  labels.fill(-1)
  for (let place = 0; place < indices.length; place++) {
    const index = indices[place] ?? 0
    const bits = random === null ? 0 : random.uint32(firstPosition + place)
    const crop = (bits >>> 1) % choices
    const shift = random === null ? 0 : CROP_PADDING
    copyImage(store, index, shape, images.subarray(place * size, (place + 1) * size), {
      flip: (bits & 1) === 1,
      down: Math.floor(crop / (2 * CROP_PADDING + 1)) - shift,
      right: (crop % (2 * CROP_PADDING + 1)) - shift,
    })
    labels[place] = store.labels[index] ?? -1
  }
}

/** `target` must be black already. */
function copyImage(
  store: ImageStore,
  index: number,
  shape: ImageShape,
  target: Uint8Array,
  { flip, down, right }: { flip: boolean; down: number; right: number },
): void {
  const top = (shape.height - store.height) >> 1
  const left = (shape.width - store.width) >> 1
  const start = index * store.height * store.width * store.channels
  const nextChannel = store.channels === shape.channels ? 1 : 0
  for (let y = 0; y < shape.height; y++) {
    const row = y + down - top
    if (row < 0 || row >= store.height) continue
    for (let x = 0; x < shape.width; x++) {
      const column = (flip ? shape.width - 1 - x : x) + right - left
      if (column < 0 || column >= store.width) continue
      const from = start + (row * store.width + column) * store.channels
      const to = (y * shape.width + x) * shape.channels
      for (let channel = 0; channel < shape.channels; channel++) target[to + channel] = store.pixels[from + channel * nextChannel] ?? 0
    }
  }
}

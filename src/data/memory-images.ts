import { StudioError } from '../contract/errors'
import type { Draw, ImagePlacer } from './image-placer'
import type { ImageStore } from './image-store'
import type { ImageShape } from './pixels'
import { createResampler } from './resample'

/** Pixels of black border a training image gets before a crop of its old size is taken. */
export const CROP_PADDING = 4

const CHOICES = 2 * CROP_PADDING + 1

interface Move {
  readonly flip: boolean
  readonly down: number
  readonly right: number
}

/**
 * Images that are decoded already: centred in the wanted size on black (or resized to it first), one stored channel repeated for all wanted
 * ones. Drawn images are flipped left to right with probability 1/2 and moved by up to 4 pixels each way, the same as padding by 4 and
 * cropping at random.
 */
export function createMemoryPlacer(store: ImageStore, shape: ImageShape, resizeFirst: boolean): ImagePlacer {
  const resized = resizeFirst ? resizer(store, shape) : null
  return {
    count: store.count,
    place(index, target, draw) {
      const [from, place] = resized === null ? [store, index] : [resized(index), 0]
      copyImage(from, place, shape, target, draw === null ? { flip: false, down: 0, right: 0 } : drawMove(draw))
      return store.labels[index] ?? -1
    },
    nameOf: (index) => `image ${index}`,
  }
}

/** A store of one image at a time, resized as Pillow does it. */
function resizer(store: ImageStore, { height, width, channels }: ImageShape): (index: number) => ImageStore {
  if (store.channels !== 3 || channels !== 3) throw new StudioError('INTERNAL', 'Only images of three channels are resized.')
  const { resize } = createResampler()
  const pixels = new Uint8Array(height * width * 3)
  const stored = store.height * store.width * 3
  const crop = { left: 0, top: 0, width: store.width, height: store.height }
  return (index) => {
    const data = store.pixels.subarray(index * stored, (index + 1) * stored)
    resize({ width: store.width, height: store.height, data }, { crop, width, height, part: { left: 0, top: 0, width, height } }, pixels)
    return { count: 1, height, width, channels, pixels, labels: store.labels }
  }
}

function drawMove({ random, position }: Draw): Move {
  const bits = random.uint32(position)
  const crop = (bits >>> 1) % CHOICES ** 2
  return { flip: (bits & 1) === 1, down: Math.floor(crop / CHOICES) - CROP_PADDING, right: (crop % CHOICES) - CROP_PADDING }
}

/** `target` must be black already. */
function copyImage(store: ImageStore, index: number, shape: ImageShape, target: Uint8Array, { flip, down, right }: Move): void {
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

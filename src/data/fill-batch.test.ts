import { describe, expect, it } from 'vitest'
import { fillBatch, type FillRequest } from './fill-batch'
import type { ImageStore } from './image-store'
import { createMemoryPlacer } from './memory-images'
import type { ImageShape } from './pixels'

/** Images of which every pixel can be told apart: image, row and column. */
function counting(count: number, size: number): ImageStore {
  const pixels = Uint8Array.from({ length: count * size * size }, (_, index) => (index % 251) + 1)
  return { count, height: size, width: size, channels: 1, pixels, labels: Uint8Array.from({ length: count }, (_, index) => index) }
}

function fill(store: ImageStore, shape: ImageShape, request: Partial<FillRequest> & { batchSize: number }) {
  const images = new Uint8Array(request.batchSize * shape.height * shape.width * shape.channels).fill(7)
  const labels = new Int32Array(request.batchSize).fill(7)
  const placer = createMemoryPlacer(store, shape, false)
  fillBatch(placer, shape, {
    split: 'train',
    indices: Uint32Array.of(0),
    firstPosition: 0,
    augmentation: null,
    substitution: null,
    ...request,
    images,
    labels,
  })
  return { images, labels }
}

describe('fillBatch', () => {
  it('copies images in the order asked for and marks the rest as padding', () => {
    const store = counting(3, 5)
    const { images, labels } = fill(store, { channels: 1, height: 5, width: 5 }, { batchSize: 4, indices: Uint32Array.of(2, 0) })
    expect([...labels]).toEqual([2, 0, -1, -1])
    expect(images.subarray(0, 25)).toEqual(store.pixels.subarray(50, 75))
    expect(images.subarray(25, 50)).toEqual(store.pixels.subarray(0, 25))
    expect(images.subarray(50).every((value) => value === 0)).toBe(true)
  })

  it('repeats a grey channel and centres a smaller image on black', () => {
    const store = counting(1, 28)
    const { images } = fill(store, { channels: 3, height: 32, width: 32 }, { batchSize: 1 })
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) {
        const inside = y >= 2 && y < 30 && x >= 2 && x < 30
        const expected = inside ? (store.pixels[(y - 2) * 28 + x - 2] ?? -1) : 0
        const from = (y * 32 + x) * 3
        expect([...images.subarray(from, from + 3)]).toEqual([expected, expected, expected])
      }
  })

  it('augments by a flip and a move of up to four pixels only, and uses all of them', () => {
    const size = 12
    const store = counting(1, size)
    const variants = new Map<string, string>()
    for (const flip of [false, true])
      for (let down = -4; down <= 4; down++)
        for (let right = -4; right <= 4; right++) {
          const image = Uint8Array.from({ length: size * size }, (_, at) => {
            const row = Math.floor(at / size) + down
            const column = (flip ? size - 1 - (at % size) : at % size) + right
            return row < 0 || row >= size || column < 0 || column >= size ? 0 : (store.pixels[row * size + column] ?? 0)
          })
          variants.set(image.join(), `${flip} ${down} ${right}`)
        }
    const count = 2000
    const { images } = fill(
      store,
      { channels: 1, height: size, width: size },
      { batchSize: count, indices: new Uint32Array(count), augmentation: { seed: 3, stream: 4 } },
    )
    const seen = Array.from({ length: count }, (_, place) => variants.get(images.subarray(place * size * size, (place + 1) * size * size).join()))
    expect(seen).not.toContain(undefined)
    expect(new Set(seen).size).toBe(2 * 81)
    expect(seen.filter((variant) => variant?.startsWith('true')).length / count).toBeCloseTo(0.5, 1)
  })

  it('augments by the position in the epoch, not by the batch it is in', () => {
    const store = counting(8, 28)
    const shape = { channels: 1, height: 28, width: 28 }
    const augmentation = { seed: 1, stream: 9 }
    const all = fill(store, shape, { batchSize: 8, indices: Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7), augmentation }).images
    const half = fill(store, shape, { batchSize: 4, indices: Uint32Array.of(4, 5, 6, 7), firstPosition: 4, augmentation }).images
    expect(half).toEqual(all.subarray(4 * 784))
    expect(fill(store, shape, { batchSize: 4, indices: Uint32Array.of(4, 5, 6, 7), firstPosition: 0, augmentation }).images).not.toEqual(half)
  })
})

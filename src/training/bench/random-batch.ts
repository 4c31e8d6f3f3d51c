import type { Batch } from '../../data/batch'
import { randomStream } from '../../util/random'

/** A batch of random pixels and labels, the same for the same `seed`. `shape` is [height, width, channels]. */
export function randomBatch(seed: number, size: number, shape: readonly number[], classes: number): Batch {
  const pixels = shape.reduce((product, length) => product * length, size)
  const random = randomStream(seed, 0)
  const words = new Uint32Array(Math.ceil(pixels / 4)).map((_, i) => random.uint32(i))
  const labels = Int32Array.from({ length: size }, (_, i) => randomStream(seed, 1).below(i, classes))
  return { images: new Uint8Array(words.buffer, 0, pixels), labels, step: 0, release: () => undefined }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { randomStream } from '../../util/random'
import { IDX_FILES } from '../idx-format'

/** IDX bytes of unsigned bytes: magic number, big-endian dimensions, values. */
export function idxBytes(shape: readonly number[], values: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x0800 + shape.length)
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, values])
}

export interface IdxDatasetOptions {
  readonly train: number
  readonly validation: number
  readonly size?: number
  readonly gzip?: boolean
}

/**
 * Writes a small data set in the layout of Fashion-MNIST that a network can learn: images of class `label` have a bright bar at a
 * height that belongs to the class, on noise. The first two pixels hold the image's number, so that a test can tell images apart.
 */
export async function writeIdxDataset(folder: string, { train, validation, size = 28, gzip = false }: IdxDatasetOptions): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [split, count] of [
    ['train', train],
    ['validation', validation],
  ] as const) {
    const random = randomStream(split === 'train' ? 1 : 2, 0)
    const pixels = new Uint8Array(count * size * size)
    const labels = new Uint8Array(count)
    for (let image = 0; image < count; image++) {
      const label = random.below(image, 10)
      labels[image] = label
      const start = image * size * size
      const bar = Math.floor(((label + 0.5) * size) / 10)
      for (let pixel = 0; pixel < size * size; pixel++)
        pixels[start + pixel] = Math.floor(pixel / size) === bar ? 255 : random.below(count + start + pixel, 60) + 1
      pixels[start] = image >> 8
      pixels[start + 1] = image & 0xff
    }
    const write = (name: string, bytes: Uint8Array): Promise<void> =>
      gzip ? writeFile(join(folder, `${name}.gz`), gzipSync(bytes)) : writeFile(join(folder, name), bytes)
    await write(IDX_FILES[split].images, idxBytes([count, size, size], pixels))
    await write(IDX_FILES[split].labels, idxBytes([count], labels))
  }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import type * as jpegTurbo from '@julusian/jpeg-turbo'
import { randomStream } from '../../util/random'
import type { Pixels } from '../pixels'
import { PNG_SIGNATURE } from '../png/chunks'

const turbo = createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof jpegTurbo

/** A JPEG, of which the colours are kept at half the size where wanted (4:2:0, as most cameras do). */
export function jpegBytes({ width, height, data }: Pixels, quality = 95, halvesColours = false): Buffer {
  const subsampling = halvesColours ? turbo.SAMP_420 : turbo.SAMP_444
  return turbo.compressSync(Buffer.from(data), { format: turbo.FORMAT_RGB, width, height, subsampling, quality })
}

/** A PNG of 8 bits a channel without filters. */
export function pngBytes({ width, height, data }: Pixels): Buffer {
  const chunk = (kind: string, body: Uint8Array): Buffer => {
    const bytes = Buffer.alloc(body.length + 12)
    bytes.writeUInt32BE(body.length)
    bytes.write(kind, 4, 'latin1')
    bytes.set(body, 8)
    bytes.writeUInt32BE(crc32(bytes.subarray(4, body.length + 8)), body.length + 8)
    return bytes
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (width * 3 + 1))
  for (let row = 0; row < height; row++) rows.set(data.subarray(row * width * 3, (row + 1) * width * 3), row * (width * 3 + 1) + 1)
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** An image of one colour with some noise, so that a network can learn its class; `image` chooses the noise. */
export function classImage(label: number, image: number, width: number, height: number): Pixels {
  const random = randomStream(label, image)
  const colour = [(label * 97 + 40) % 200, (label * 53 + 120) % 200, (label * 151 + 80) % 200]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (colour[at % 3] ?? 0) + random.below(at, 50))
  return { width, height, data }
}

export interface ImageFolderOptions {
  readonly classNames: readonly string[]
  /** Images a class. */
  readonly train: number
  readonly validation: number
  readonly width: number
  readonly height: number
}

/** Writes `dir`/train/<class> and `dir`/val/<class>: JPEG and PNG files in turn, named `0.jpg`, `1.png` and so on. */
export async function writeImageFolder(dir: string, { classNames, train, validation, width, height }: ImageFolderOptions): Promise<void> {
  for (const [split, count] of [
    ['train', train],
    ['val', validation],
  ] as const)
    for (const [label, name] of classNames.entries()) {
      const folder = join(dir, split, name)
      await mkdir(folder, { recursive: true })
      for (let image = 0; image < count; image++) {
        const pixels = classImage(label, split === 'train' ? image : train + image, width, height)
        const [ending, bytes] = image % 2 === 0 ? ['jpg', jpegBytes(pixels)] : ['png', pngBytes(pixels)]
        await writeFile(join(folder, `${image}.${ending}`), bytes)
      }
    }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomStream } from '../../util/random'
import type { Pixels } from '../pixels'
import { jpegBytes } from './write-image-folder'

/** Different pictures; files beyond them repeat them. */
const PICTURES = 32
const QUALITY = 90
const SIZES = [
  [500, 375],
  [500, 333],
  [375, 500],
  [480, 360],
] as const
const WAVES = 6

/** Soft shapes with some grain, so that a JPEG of it takes about as many bytes as one of a photograph. */
function photo(picture: number): Pixels {
  const [width, height] = SIZES[picture % SIZES.length] ?? SIZES[0]
  const random = randomStream(picture, 0)
  const waves = Array.from({ length: WAVES }, (_, i) => ({
    across: (random.uniform(5 * i) * 12) / width,
    down: (random.uniform(5 * i + 1) * 12) / height,
    phase: random.uniform(5 * i + 2) * 2 * Math.PI,
    channel: random.below(5 * i + 3, 3),
    weight: 20 + 30 * random.uniform(5 * i + 4),
  }))
  const grain = randomStream(picture, 1)
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const noise = grain.below(y * width + x, 24) - 12
      for (let channel = 0; channel < 3; channel++, at++) {
        const shapes = waves.reduce((sum, wave) => sum + Math.sin(2 * Math.PI * (wave.across * x + wave.down * y) + wave.phase) * wave.weight * (wave.channel === channel ? 1 : 0.5), 0)
        data[at] = Math.min(255, Math.max(0, 128 + shapes + noise))
      }
    }
  return { width, height, data }
}

/** Writes `dir`/train/<class> and `dir`/val/<class> with JPEG files of about 500 x 375: a stand-in for a folder of photographs to measure loading with. */
export async function writePhotos(dir: string, { train, validation }: { readonly train: number; readonly validation: number }): Promise<void> {
  const pictures = Array.from({ length: PICTURES }, (_, picture) => jpegBytes(photo(picture), QUALITY, true))
  for (const [split, count] of [
    ['train', train],
    ['val', validation],
  ] as const) {
    for (const name of ['first', 'second']) await mkdir(join(dir, split, name), { recursive: true })
    for (let image = 0; image < count; image++) {
      const bytes = pictures[image % PICTURES] ?? Buffer.alloc(0)
      await writeFile(join(dir, split, image % 2 === 0 ? 'first' : 'second', `${image}.jpg`), bytes)
    }
  }
}

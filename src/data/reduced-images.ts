import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { centreCrop } from './crops'
import type { Pixels } from './pixels'
import { createResampler } from './resample'

/** Images on disk that are decoded and reduced already. */
export interface ReducedImagesOptions {
  /** Folder of this data set at this size; made when the first image is kept. */
  readonly folder: string
  /** How many images of the split are kept, from the first one: what fits into the space given. */
  readonly count: number
  /** Side of the network's square input, in pixels. */
  readonly side: number
}

export interface ReducedImages {
  /** The image of a file, at the size that evaluation resizes it to; as it is where it is not larger. Valid until the next call. */
  load(index: number, path: string): Pixels
}

const MAGIC = 'FBRI0001'
const HEADER_BYTES = 32
/** Of a photograph: what `count` is worked out with. */
const USUAL_ASPECT_RATIO = 1.5
const shortSide = (side: number): number => centreCrop({ width: side, height: side }, side).resized.width

/** Images that find room in `bytes` on disk. */
export const reducedImagesIn = (bytes: number, side: number): number => Math.floor(bytes / (shortSide(side) ** 2 * USUAL_ASPECT_RATIO * 3 + HEADER_BYTES))

/**
 * Keeps decoded images at the size that evaluation resizes them to, so that evaluation sees the same bytes with and without. Training draws its
 * part of the reduced image, which is a little softer than a part of the original. What an image gives never depends on whether it was kept
 * already; one whose file has changed (size or time) is made again. `decode` gives the pixels of a file.
 */
export function createReducedImages({ folder, count, side }: ReducedImagesOptions, decode: (path: string) => Pixels): ReducedImages {
  const { resize } = createResampler()
  const short = shortSide(side)
  let isWritable = true

  const reduce = (image: Pixels): Pixels => {
    const { resized } = centreCrop(image, side)
    const data = new Uint8Array(resized.width * resized.height * 3)
    const part = { left: 0, top: 0, ...resized }
    resize(image, { crop: { left: 0, top: 0, width: image.width, height: image.height }, ...resized, part }, data)
    return { ...resized, data }
  }

  const keep = (file: string, head: Buffer, { data }: Pixels): void => {
    if (!isWritable) return
    const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(temporary, Buffer.concat([head, data]))
      renameSync(temporary, file)
    } catch {
      // Full or read-only: the images are the same without being kept, so the run goes on and tries no more.
      isWritable = false
      if (existsSync(temporary)) rmSync(temporary)
    }
  }

  return {
    load(index, path) {
      if (index >= count) return decode(path)
      const file = fileOf(folder, path)
      const stamp = stampOf(path)
      const known = stamp === null ? null : readKept(file, stamp)
      if (known !== null) return known
      const image = decode(path)
      if (Math.min(image.width, image.height) <= short) return image
      const reduced = reduce(image)
      if (stamp !== null) keep(file, headerOf(stamp, reduced), reduced)
      return reduced
    },
  }
}

interface Stamp {
  readonly bytes: number
  readonly modifiedMs: number
}

function fileOf(folder: string, path: string): string {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
  return join(folder, name.slice(0, 2), `${name}.rgb`)
}

/** Null where there is no file: decoding says what is wrong. */
function stampOf(path: string): Stamp | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? { bytes: found.size, modifiedMs: found.mtimeMs } : null
}

function headerOf({ bytes, modifiedMs }: Stamp, { width, height }: Pick<Pixels, 'width' | 'height'>): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.write(MAGIC, 0, 'latin1')
  head.writeUInt32LE(width, 8)
  head.writeUInt32LE(height, 12)
  head.writeDoubleLE(bytes, 16)
  head.writeDoubleLE(modifiedMs, 24)
  return head
}

/** A kept image that is whole and of this state of its file, else null. */
function readKept(file: string, stamp: Stamp): Pixels | null {
  let kept: Buffer
  try {
    kept = readFileSync(file)
  } catch {
    // Not kept yet, or not readable: it is made again.
    return null
  }
  if (kept.length < HEADER_BYTES) return null
  const [width, height] = [kept.readUInt32LE(8), kept.readUInt32LE(12)]
  const isWhole = kept.length === HEADER_BYTES + width * height * 3 && kept.subarray(0, HEADER_BYTES).equals(headerOf(stamp, { width, height }))
  return isWhole ? { width, height, data: kept.subarray(HEADER_BYTES) } : null
}

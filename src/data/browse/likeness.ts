import { open } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { StudioError } from '../../contract/errors'
import type { Likeness } from '../../contract/image-service'
import type { ImageDecoder } from '../decode-image'
import type { Pixels } from '../pixels'
import type { Resampler } from '../resample'

/** The 64 bits say which of two neighbours in a row of nine is brighter, in eight rows ("difference hash"). */
const COLUMNS = 9
const ROWS = 8
/** Bits in which near duplicates may differ. With four parts of 16 bits, at least one part is then equal. */
const MAX_BITS = 3
const PARTS = 4
/** Side of the copies that are compared pixel by pixel. */
const SIDE = 16
/** Root mean square of the difference of two copies, relative to their own contrast, up to which they count as the same picture. */
const MAX_DIFFERENCE = 0.12
/** Images whose 16 bits are equal; of more only neighbours in the order of their bits are compared. */
const MAX_BUCKET = 400
/** Candidates of one image; one that resembles more in its bits is not distinct enough for a verdict by them. */
const MAX_CANDIDATES = 12
/** Comparisons between two looks at whether to go on. */
const TURN = 256
/** Copies that stay in memory, 1 KiB each. */
const KEPT_COPIES = 60_000

/** Sixteen hexadecimal digits that copies of a picture in other sizes, qualities and formats share, but for a few bits. */
export function likenessOf(image: Pixels, resampler: Resampler): string {
  const grey = greyCopy(image, COLUMNS, ROWS, resampler)
  let bits = 0n
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS - 1; column++) bits = (bits << 1n) | ((grey[row * COLUMNS + column] ?? 0) < (grey[row * COLUMNS + column + 1] ?? 0) ? 1n : 0n)
  return bits.toString(16).padStart(16, '0')
}

function greyCopy(image: Pixels, width: number, height: number, resampler: Resampler): Float32Array {
  const data = new Uint8Array(width * height * 3)
  resampler.resize(image, { crop: { left: 0, top: 0, width: image.width, height: image.height }, width, height, part: { left: 0, top: 0, width, height } }, data)
  return Float32Array.from({ length: width * height }, (_, pixel) => 0.299 * (data[pixel * 3] ?? 0) + 0.587 * (data[pixel * 3 + 1] ?? 0) + 0.114 * (data[pixel * 3 + 2] ?? 0))
}

/** Pairs with nearly the same bits whose thumbnails, read from the file `pack`, are nearly the same, too. Throws CANCELLED. */
export async function findLikePairs(images: readonly Likeness[], pack: string, decode: ImageDecoder, resampler: Resampler, isCancelled: () => boolean): Promise<[number, number][]> {
  const candidates = candidatePairs(images.map(({ bits }) => bits))
  if (candidates.length === 0) return []
  const file = await open(pack, 'r')
  const copies = new Map<number, Float32Array | null>()
  const copyOf = async (index: number): Promise<Float32Array | null> => {
    const known = copies.get(index)
    if (known !== undefined) return known
    const { at, length } = images[index] ?? { at: 0, length: 0 }
    const bytes = Buffer.alloc(length)
    await file.read(bytes, 0, length, at)
    const copy = centred(greyCopy(decode(bytes), SIDE, SIDE, resampler))
    copies.set(index, copy)
    if (copies.size > KEPT_COPIES) copies.delete(copies.keys().next().value ?? index)
    return copy
  }
  try {
    const pairs: [number, number][] = []
    for (const [index, [a, b]] of candidates.entries()) {
      if (index % TURN === 0) {
        await turn()
        if (isCancelled()) throw new StudioError('CANCELLED', 'Indexing was cancelled.')
      }
      const [one, other] = [await copyOf(a), await copyOf(b)]
      if (one !== null && other !== null && difference(one, other) <= MAX_DIFFERENCE) pairs.push([images[a]?.image ?? -1, images[b]?.image ?? -1])
    }
    return pairs
  } finally {
    await file.close()
  }
}

/** Grey values around zero; null for a blank image, which resembles every other blank one. */
function centred(grey: Float32Array): Float32Array | null {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length
  const around = grey.map((value) => value - mean)
  const contrast = Math.sqrt(around.reduce((sum, value) => sum + value * value, 0) / around.length)
  return contrast < 3 ? null : around
}

function difference(a: Float32Array, b: Float32Array): number {
  let apart = 0
  let size = 0
  for (let index = 0; index < a.length; index++) {
    const [x = 0, y = 0] = [a[index], b[index]]
    apart += (x - y) ** 2
    size += (x * x + y * y) / 2
  }
  return Math.sqrt(apart / size)
}

/** Pairs of places whose bits differ in at most `MAX_BITS`, each once. */
export function candidatePairs(bits: readonly string[]): [number, number][] {
  const words = bits.map((text) => [Number.parseInt(text.slice(0, 8), 16) | 0, Number.parseInt(text.slice(8), 16) | 0] as const)
  const seen = new Set<number>()
  const pairs: [number, number][] = []
  const candidates = new Uint8Array(bits.length)
  for (let part = 0; part < PARTS; part++) {
    const buckets = new Map<string, number[]>()
    for (const [index, text] of bits.entries()) {
      const key = text.slice(part * 4, part * 4 + 4)
      const bucket = buckets.get(key)
      if (bucket === undefined) buckets.set(key, [index])
      else bucket.push(index)
    }
    for (const bucket of buckets.values()) {
      const reach = bucket.length > MAX_BUCKET ? 32 : bucket.length
      if (bucket.length > MAX_BUCKET) bucket.sort((a, b) => ((bits[a] ?? '') < (bits[b] ?? '') ? -1 : 1))
      for (let first = 0; first < bucket.length; first++)
        for (let second = first + 1; second < Math.min(bucket.length, first + reach); second++) {
          const [a, b] = [bucket[first] ?? 0, bucket[second] ?? 0]
          const [x, y] = [words[a], words[b]]
          if ((candidates[a] ?? 0) >= MAX_CANDIDATES) break
          if ((candidates[b] ?? 0) >= MAX_CANDIDATES) continue
          if (x === undefined || y === undefined || ones(x[0] ^ y[0]) + ones(x[1] ^ y[1]) > MAX_BITS) continue
          const key = Math.min(a, b) * bits.length + Math.max(a, b)
          if (seen.has(key)) continue
          seen.add(key)
          candidates[a] = (candidates[a] ?? 0) + 1
          candidates[b] = (candidates[b] ?? 0) + 1
          pairs.push([Math.min(a, b), Math.max(a, b)])
        }
    }
  }
  // Neighbours together: their copies are then still in memory.
  return pairs.sort((one, other) => one[0] - other[0] || one[1] - other[1])
}

/** Number of ones in 32 bits. */
function ones(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

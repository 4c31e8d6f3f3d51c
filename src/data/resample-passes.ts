import { type Taps, WEIGHT_BITS } from './resample-taps'

/*
 * The two passes of resizing. Sums are 32-bit integers: 255 times weights that add up to 2^22. They begin with a half, so that the shift
 * rounds. Up to four taps, which is what images of up to twice the wanted size need, are written out with weights in registers: loops over
 * taps and channels take twice the time.
 */
const HALF = 1 << (WEIGHT_BITS - 1)

/** Rows of RGB pixels. */
export interface RowsOfPixels {
  readonly data: Uint8Array
  /** Where the first pixel is. */
  readonly start: number
  /** Bytes from row to row. */
  readonly pitch: number
  readonly rows: number
}

/** Resizes rows to as many pixels as there are taps; `target` is [rows, places, 3]. Goes down columns: a column has one set of weights. */
export function resizeRows(source: RowsOfPixels, taps: Taps, target: Uint8Array): void {
  for (let place = 0; place < taps.places; place++) {
    const count = taps.count[place] ?? 0
    const from = source.start + (taps.first[place] ?? 0) * 3
    const pass = count <= 2 ? columnOfTwo : count <= 4 ? columnOfFour : columnOfMany
    pass(source, from, taps, place, target)
  }
}

type ColumnPass = (source: RowsOfPixels, from: number, taps: Taps, place: number, target: Uint8Array) => void

const columnOfTwo: ColumnPass = ({ data, pitch, rows }, from, { places, count, weights, stride }, place, target) => {
  const at = place * stride
  const [w0 = 0, w1 = 0] = weights.subarray(at, at + (count[place] ?? 0))
  // A tap that is not there has no weight, and is read from a pixel that is.
  const second = count[place] === 1 ? 0 : 3
  let to = place * 3
  for (let row = 0, a = from, b = from + second; row < rows; row++, a += pitch, b += pitch, to += places * 3) {
    target[to] = (HALF + Math.imul(data[a] ?? 0, w0) + Math.imul(data[b] ?? 0, w1)) >> WEIGHT_BITS
    target[to + 1] = (HALF + Math.imul(data[a + 1] ?? 0, w0) + Math.imul(data[b + 1] ?? 0, w1)) >> WEIGHT_BITS
    target[to + 2] = (HALF + Math.imul(data[a + 2] ?? 0, w0) + Math.imul(data[b + 2] ?? 0, w1)) >> WEIGHT_BITS
  }
}

const columnOfFour: ColumnPass = ({ data, pitch, rows }, from, { places, count, weights, stride }, place, target) => {
  const at = place * stride
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = weights.subarray(at, at + (count[place] ?? 0))
  const fourth = count[place] === 3 ? 6 : 9
  let to = place * 3
  for (let row = 0, a = from, d = from + fourth; row < rows; row++, a += pitch, d += pitch, to += places * 3) {
    target[to] =
      (HALF + Math.imul(data[a] ?? 0, w0) + Math.imul(data[a + 3] ?? 0, w1) + Math.imul(data[a + 6] ?? 0, w2) + Math.imul(data[d] ?? 0, w3)) >>
      WEIGHT_BITS
    target[to + 1] =
      (HALF +
        Math.imul(data[a + 1] ?? 0, w0) +
        Math.imul(data[a + 4] ?? 0, w1) +
        Math.imul(data[a + 7] ?? 0, w2) +
        Math.imul(data[d + 1] ?? 0, w3)) >>
      WEIGHT_BITS
    target[to + 2] =
      (HALF +
        Math.imul(data[a + 2] ?? 0, w0) +
        Math.imul(data[a + 5] ?? 0, w1) +
        Math.imul(data[a + 8] ?? 0, w2) +
        Math.imul(data[d + 2] ?? 0, w3)) >>
      WEIGHT_BITS
  }
}

const columnOfMany: ColumnPass = ({ data, pitch, rows }, from, { places, count, weights, stride }, place, target) => {
  const first = place * stride
  const end = first + (count[place] ?? 0)
  let to = place * 3
  for (let row = 0, start = from; row < rows; row++, start += pitch, to += places * 3) {
    let red = HALF
    let green = HALF
    let blue = HALF
    for (let tap = first, pixel = start; tap < end; tap++, pixel += 3) {
      const weight = weights[tap] ?? 0
      red = (red + Math.imul(data[pixel] ?? 0, weight)) | 0
      green = (green + Math.imul(data[pixel + 1] ?? 0, weight)) | 0
      blue = (blue + Math.imul(data[pixel + 2] ?? 0, weight)) | 0
    }
    target[to] = red >> WEIGHT_BITS
    target[to + 1] = green >> WEIGHT_BITS
    target[to + 2] = blue >> WEIGHT_BITS
  }
}

/** Resizes the columns of `data` [rows, length] to as many rows as there are taps; `target` is [places, length]. */
export function resizeColumns(data: Uint8Array, length: number, taps: Taps, target: Uint8Array): void {
  const sums = new Int32Array(length)
  for (let place = 0; place < taps.places; place++) {
    const count = taps.count[place] ?? 0
    const to = place * length
    if (count <= 2) rowOfTwo(data, length, fourRows(taps, place, 0, length), to, target)
    else if (count <= 4) rowOfFour(data, length, fourRows(taps, place, 0, length), to, target)
    else {
      sums.fill(HALF)
      for (let tap = 0; tap < count; tap += 4) addFour(data, fourRows(taps, place, tap, length), sums)
      for (let column = 0; column < length; column++) target[to + column] = (sums[column] ?? 0) >> WEIGHT_BITS
    }
  }
}

/** Where four rows start, and what they weigh; those that are not there weigh nothing. */
interface FourRows {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
}

function fourRows({ first, count, weights, stride }: Taps, place: number, tap: number, length: number): FourRows {
  const last = (count[place] ?? 0) - 1
  const row = (next: number): number => ((first[place] ?? 0) + Math.min(tap + next, last)) * length
  const weight = (next: number): number => (tap + next <= last ? (weights[place * stride + tap + next] ?? 0) : 0)
  return { a: row(0), b: row(1), c: row(2), d: row(3), w0: weight(0), w1: weight(1), w2: weight(2), w3: weight(3) }
}

function rowOfTwo(data: Uint8Array, length: number, { a, b, w0, w1 }: FourRows, to: number, target: Uint8Array): void {
  for (let column = 0; column < length; column++)
    target[to + column] = (HALF + Math.imul(data[a + column] ?? 0, w0) + Math.imul(data[b + column] ?? 0, w1)) >> WEIGHT_BITS
}

function rowOfFour(data: Uint8Array, length: number, { a, b, c, d, w0, w1, w2, w3 }: FourRows, to: number, target: Uint8Array): void {
  for (let column = 0; column < length; column++)
    target[to + column] =
      (HALF +
        Math.imul(data[a + column] ?? 0, w0) +
        Math.imul(data[b + column] ?? 0, w1) +
        Math.imul(data[c + column] ?? 0, w2) +
        Math.imul(data[d + column] ?? 0, w3)) >>
      WEIGHT_BITS
}

function addFour(data: Uint8Array, { a, b, c, d, w0, w1, w2, w3 }: FourRows, sums: Int32Array): void {
  for (let column = 0; column < sums.length; column++)
    sums[column] =
      (sums[column] ?? 0) +
      Math.imul(data[a + column] ?? 0, w0) +
      Math.imul(data[b + column] ?? 0, w1) +
      Math.imul(data[c + column] ?? 0, w2) +
      Math.imul(data[d + column] ?? 0, w3)
}

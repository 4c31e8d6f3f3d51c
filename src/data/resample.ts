import type { Box, Pixels } from './pixels'

/** Fraction bits of a weight: what is left of 32 bits beside 8 for the pixel and 2 to spare. */
const WEIGHT_BITS = 22
const HALF = 1 << (WEIGHT_BITS - 1)

/** For some neighbouring output places of one axis: which inputs each is made of, and with which weights. */
interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** [place, tap], fixed point with {@link WEIGHT_BITS} fraction bits. */
  readonly weights: Int32Array
  /** Room for taps a place. */
  readonly stride: number
}

/**
 * Weights of a triangle as wide as two input pixels, or as two output pixels where the image shrinks (that is the antialiasing).
 * `start` and `places` choose outputs; an axis that keeps its length keeps its values.
 */
function triangleTaps(inputs: number, outputs: number, start: number, places: number): Taps {
  const scale = inputs / outputs
  const support = Math.max(scale, 1)
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(places)
  const count = new Int32Array(places)
  const weights = new Int32Array(places * stride)
  const row = new Float64Array(stride)
  for (let place = 0; place < places; place++) {
    const center = (start + place + 0.5) * scale
    const from = Math.max(Math.trunc(center - support + 0.5), 0)
    const taps = Math.min(Math.trunc(center + support + 0.5), inputs) - from
    let sum = 0
    for (let tap = 0; tap < taps; tap++) {
      // The quotient is taken as a product, as Pillow does: the last bit decides where a weight is rounded to.
      const distance = Math.abs((tap + from - center + 0.5) * (1 / support))
      const weight = distance < 1 ? 1 - distance : 0
      row[tap] = weight
      sum += weight
    }
    for (let tap = 0; tap < taps; tap++) weights[place * stride + tap] = Math.trunc(((row[tap] ?? 0) / sum) * (1 << WEIGHT_BITS) + 0.5)
    first[place] = from
    count[place] = taps
  }
  return { first, count, weights, stride }
}

const toByte = (sum: number): number => {
  const value = sum >> WEIGHT_BITS
  return value > 255 ? 255 : value
}

/** Resizes images; keeps memory for the next one. */
export interface Resampler {
  /**
   * Crops `crop` from the source, resizes it to `width` x `height`, and writes the part `part` of the result to `target`
   * [part.height, part.width, 3]. Boxes must lie inside what they cut from.
   */
  resize(source: Pixels, crop: Box, width: number, height: number, part: Box, target: Uint8Array): void
}

/**
 * Bilinear with antialiasing, to the bit what Pillow's `Image.resize` gives for 8-bit images (spec 11): 22-bit fixed-point weights, first
 * along rows, rounded to bytes, then along columns.
 */
export function createResampler(): Resampler {
  let scratch = new Uint8Array(0)
  return {
    resize(source, crop, width, height, part, target) {
      const vertical = triangleTaps(crop.height, height, part.top, part.height)
      const lastRow = part.height - 1
      const firstNeeded = vertical.first[0] ?? 0
      const rows = (vertical.first[lastRow] ?? 0) + (vertical.count[lastRow] ?? 0) - firstNeeded
      const size = rows * part.width * 3
      if (scratch.length < size) scratch = new Uint8Array(size)
      alongRows(source, crop, firstNeeded, rows, triangleTaps(crop.width, width, part.left, part.width), part.width, scratch)
      alongColumns(scratch, firstNeeded, vertical, part, target)
    },
  }
}

function alongRows(source: Pixels, crop: Box, firstRow: number, rows: number, taps: Taps, width: number, target: Uint8Array): void {
  const { data } = source
  const { first, count, weights, stride } = taps
  for (let row = 0; row < rows; row++) {
    const start = ((crop.top + firstRow + row) * source.width + crop.left) * 3
    let to = row * width * 3
    for (let place = 0; place < width; place++) {
      let from = start + (first[place] ?? 0) * 3
      const end = place * stride + (count[place] ?? 0)
      let red = HALF
      let green = HALF
      let blue = HALF
      for (let tap = place * stride; tap < end; tap++) {
        const weight = weights[tap] ?? 0
        red += (data[from] ?? 0) * weight
        green += (data[from + 1] ?? 0) * weight
        blue += (data[from + 2] ?? 0) * weight
        from += 3
      }
      target[to] = toByte(red)
      target[to + 1] = toByte(green)
      target[to + 2] = toByte(blue)
      to += 3
    }
  }
}

function alongColumns(rows: Uint8Array, firstRow: number, { first, count, weights, stride }: Taps, part: Box, target: Uint8Array): void {
  const length = part.width * 3
  for (let place = 0; place < part.height; place++) {
    const start = ((first[place] ?? 0) - firstRow) * length
    const taps = place * stride
    const end = taps + (count[place] ?? 0)
    const to = place * length
    for (let column = 0; column < length; column++) {
      let sum = HALF
      let from = start + column
      for (let tap = taps; tap < end; tap++) {
        sum += (rows[from] ?? 0) * (weights[tap] ?? 0)
        from += length
      }
      target[to + column] = toByte(sum)
    }
  }
}

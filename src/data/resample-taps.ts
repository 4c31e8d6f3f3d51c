/** Fraction bits of a weight: what is left of 32 bits beside 8 for the pixel and 2 to spare. */
export const WEIGHT_BITS = 22

/** For neighbouring output places of one axis: which inputs each is made of, and with which weights. */
export interface Taps {
  readonly places: number
  /** [places]: the first input of each. */
  readonly first: Int32Array
  /** [places]: how many inputs from there on. */
  readonly count: Int32Array
  /** [places, stride], fixed point with {@link WEIGHT_BITS} fraction bits. */
  readonly weights: Int32Array
  /** Room for taps a place. */
  readonly stride: number
}

export interface TapsOfAxis {
  readonly inputs: number
  readonly outputs: number
  /** Which outputs are wanted. */
  readonly start: number
  readonly places: number
  /** Last output first. */
  readonly isMirrored?: boolean
}

/**
 * Weights of a triangle as wide as two input pixels, or as two output pixels where the image shrinks (that is the antialiasing); an axis that
 * keeps its length keeps its values.
 */
export function triangleTaps({ inputs, outputs, start, places, isMirrored = false }: TapsOfAxis): Taps {
  const scale = inputs / outputs
  const support = Math.max(scale, 1)
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(places)
  const count = new Int32Array(places)
  const weights = new Int32Array(places * stride)
  const row = new Float64Array(stride)
  for (let output = 0; output < places; output++) {
    const center = (start + output + 0.5) * scale
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
    const place = isMirrored ? places - 1 - output : output
    for (let tap = 0; tap < taps; tap++) weights[place * stride + tap] = Math.trunc(((row[tap] ?? 0) / sum) * (1 << WEIGHT_BITS) + 0.5)
    first[place] = from
    count[place] = taps
  }
  return { places, first, count, weights, stride }
}

/** The inputs that the taps need: the first, and how many; `taps` counts from that one. */
export function neededInputs(taps: Taps): { readonly from: number; readonly inputs: number; readonly taps: Taps } {
  const { first, count, places } = taps
  const from = Math.min(first[0] ?? 0, first[places - 1] ?? 0)
  const end = (place: number): number => (first[place] ?? 0) + (count[place] ?? 0)
  return { from, inputs: Math.max(end(0), end(places - 1)) - from, taps: { ...taps, first: first.map((input) => input - from) } }
}

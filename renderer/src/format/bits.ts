import type { QuantizerInfo } from '../../../src/contract/entities'

/** Nearest integer with ties to the even one, as a learned bit-width is rounded when it is frozen. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  const distance = value - below
  if (distance !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

export interface ModelSize {
  /** Sum of weights x bit-width over weight quantizers. */
  readonly bits: number
  readonly int8Bits: number
  /** INT8 size divided by `bits`; null where nothing is quantized. */
  readonly rate: number | null
  /** The same with every bit-width rounded as freezing would; null too where kernels have widths of their own, of which only the mean is known here. */
  readonly roundedRate: number | null
}

/** Model size for one set of bit-widths (in the order of `quantizers`). Activations do not count. */
export function modelSizeOf(quantizers: readonly QuantizerInfo[], widths: readonly number[]): ModelSize {
  let bits = 0
  let rounded = 0
  let int8Bits = 0
  const kernelWise = quantizers.some(({ kernels }) => kernels !== undefined)
  quantizers.forEach((quantizer, index) => {
    if (quantizer.kind !== 'weight') return
    const width = widths[index] ?? 8
    bits += quantizer.elements * width
    rounded += quantizer.elements * roundHalfEven(width)
    int8Bits += quantizer.elements * 8
  })
  return { bits, int8Bits, rate: bits > 0 ? int8Bits / bits : null, roundedRate: rounded > 0 && !kernelWise ? int8Bits / rounded : null }
}

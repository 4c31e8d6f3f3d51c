import type { QuantizerInfo } from '../../../src/contract/entities'
import { kernelExtremes } from '../../../src/contract/kernel-widths'

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
  /** The same with every bit-width rounded as freezing would; null too while kernels have fractional widths of their own, of which only the mean is known here. */
  readonly roundedRate: number | null
}

/** Model size for one set of bit-widths (in the order of `quantizers`, as a row of the history has them). Activations do not count. */
export function modelSizeOf(quantizers: readonly QuantizerInfo[], widths: readonly number[]): ModelSize {
  let bits = 0
  let rounded = 0
  let int8Bits = 0
  let isRoundedKnown = true
  quantizers.forEach((quantizer, index) => {
    if (quantizer.kind !== 'weight') return
    const told = widths[index] ?? 8
    const whole = quantizer.kernels === undefined ? null : meanOfWhole(quantizer.kernels, told, kernelExtremes(quantizers, index, widths))
    const width = whole ?? told
    if (quantizer.kernels !== undefined && whole === null) isRoundedKnown = false
    bits += quantizer.elements * width
    rounded += quantizer.elements * (whole ?? roundHalfEven(width))
    int8Bits += quantizer.elements * 8
  })
  return { bits, int8Bits, rate: bits > 0 ? int8Bits / bits : null, roundedRate: rounded > 0 && isRoundedKnown ? int8Bits / rounded : null }
}

/** The mean of whole widths of kernels, of which the history tells a thousandth; null where the kernels' widths are not whole. */
const meanOfWhole = (kernels: number, told: number, extremes: readonly [least: number, greatest: number] | null): number | null =>
  extremes !== null && extremes.every(Number.isInteger) ? Math.round(told * kernels) / kernels : null

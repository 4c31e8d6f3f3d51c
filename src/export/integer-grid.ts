import { roundHalfEven } from '../util/round-half-even'
import { RANGE_EPSILON } from '../quantization/integer-quantizer'
import { type QuantizerSpec, rangeParts } from '../quantization/quantizer-spec'
import { integerWidth } from '../quantization/round-widths'
import { widthsByQuantizer } from '../quantization/width-layout'

/** One channel's grid of an integer quantizer in float32: a value is (code - zeroPoint) / factor, its code within [lowest, highest]. */
export interface IntegerGrid {
  /** Levels for one unit: (levels - 1) / range. */
  readonly factor: number
  /** Code that stands for 0. */
  readonly zeroPoint: number
  readonly lowest: number
  readonly highest: number
  /** Ends of the float range; values outside are clamped to them. */
  readonly low: number
  readonly high: number
}

const f = Math.fround

/** Range parameters of a quantizer as trained: [scale] or [inputLow, inputRange], one entry a channel. */
export type RangeValues = readonly Float32Array[]

/**
 * The grids of a quantizer at an integer width, one a channel with a range of its own (spec 4.3 to 4.5). Every operation is rounded to
 * float32 in the order in which the trainer computes it.
 */
export function integerGrids(spec: QuantizerSpec, bits: number, signed: boolean, ranges: RangeValues): IntegerGrid[] {
  const n = bits - (spec.halfRange ? 1 : 0)
  const isSigned = signed && spec.mode === 'symmetric'
  const lowest = isSigned ? -(2 ** (n - 1)) : 0
  const highest = 2 ** n - 1 + lowest
  const epsilon = spec.logarithmic ? 0 : RANGE_EPSILON
  const stored = ranges.at(-1) ?? new Float32Array()
  return Array.from(stored, (parameter, channel) => {
    const width = f(Math.abs(spec.logarithmic ? f(Math.exp(parameter)) : parameter) + epsilon)
    const { low, range } = spec.mode === 'symmetric' ? symmetric(width, lowest, highest) : asymmetric(ranges[0]?.[channel] ?? 0, width, highest)
    const factor = f((highest - lowest) / range)
    // A symmetric grid contains 0 as code 0; the nudged asymmetric one at its zero point.
    const zeroPoint = spec.mode === 'symmetric' ? 0 : roundHalfEven(f(-low * factor))
    return { factor, zeroPoint, lowest, highest, low, high: f(low + range) }
  })
}

/** A quantizer at integer widths, as a run trained it. */
export interface TrainedGrids {
  /** Its width; kernel-wise the greatest of its kernels'. */
  readonly bits: number
  /** Width of each kernel, output channel by output channel; null where the quantizer has one width. */
  readonly kernelBits: readonly number[] | null
  readonly signed: boolean
  /** One, or one a channel with a range or a width of its own. */
  readonly grids: IntegerGrid[]
}

/** The integer widths and grids of all quantizers, by the variables of a run. */
export function trainedGrids(specs: readonly QuantizerSpec[], value: (name: string) => Float32Array): TrainedGrids[] {
  const stored = widthsByQuantizer(specs, value('quantizers/bits'))
  return specs.map((spec, index) => {
    const widths = (stored[index] ?? []).map((width) => integerWidth(spec, width))
    const bits = Math.max(...widths)
    const signed = spec.mode === 'symmetric' && (value('quantizers/signed')[index] ?? 0) > 0.5
    const ranges = rangeParts(spec).map((part) => value(`quantizers/${spec.id}/${part}`))
    if (spec.kernels === undefined) return { bits, kernelBits: null, signed, grids: integerGrids(spec, bits, signed, ranges) }
    const rangeOf = (kernel: number): RangeValues => ranges.map((values) => (values.length === 1 ? values : values.subarray(kernel, kernel + 1)))
    return { bits, kernelBits: widths, signed, grids: widths.flatMap((width, kernel) => integerGrids(spec, width, signed, rangeOf(kernel))) }
  })
}

function symmetric(sigma: number, lowest: number, highest: number): { low: number; range: number } {
  const low = f(sigma * f(lowest / highest))
  return { low, range: f(sigma - low) }
}

/** TuneRange (spec 4.5). */
function asymmetric(inputLow: number, width: number, top: number): { low: number; range: number } {
  const high = Math.max(f(inputLow + width), 0)
  const low = Math.min(inputLow, 0)
  const scale = f((top + 1) / f(high - low))
  const zeroPoint = roundHalfEven(f(-low * scale))
  const movedLow = zeroPoint < top ? f(f(zeroPoint / (zeroPoint - top)) * high) : low
  const movedHigh = zeroPoint > 0 ? f(f((zeroPoint - top) / zeroPoint) * low) : high
  const lowMoves = f(high - movedLow) > f(movedHigh - low)
  const tunedLow = lowMoves ? movedLow : low
  return { low: tunedLow, range: f((lowMoves ? high : movedHigh) - tunedLow) }
}

import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import { asymmetricRange, type Grid, type IntegerLevels, quantize, quantizeGradient, quantizeToIntegers, type Range, RANGE_EPSILON, symmetricRange } from './integer-quantizer'

/** Parameters of a quantizer as trained: [scale] or [inputLow, inputRange]; one entry, or one per channel. */
export type RangeParameters = readonly Tensor[]

export interface FractionalForm {
  readonly mode: 'symmetric' | 'asymmetric'
  readonly perChannel: boolean
  /** Parameters hold logarithms of scale and range. */
  readonly logarithmic: boolean
  /** Each channel has a width, and a row of levels, of its own. */
  readonly kernelWise?: boolean
}

interface Half {
  readonly weight: Tensor
  readonly grid: Grid
  readonly range: Range
}

function parameterValues(s: Scope, form: FractionalForm, parameters: RangeParameters): { epsilon: number; low: Tensor | null; width: Tensor } {
  const stored = parameters.at(-1)
  if (stored === undefined) throw new RangeError('a quantizer has at least one range parameter')
  const width = form.logarithmic ? op.exponential(s, stored) : stored
  return { epsilon: form.logarithmic ? 0 : RANGE_EPSILON, low: form.mode === 'asymmetric' ? (parameters[0] ?? null) : null, width }
}

/** The two integer quantizers that a fractional width lies between. `levels` is a row of {@link BitWidths.levels}, or a row for each channel. */
function halves(s: Scope, form: FractionalForm, parameters: RangeParameters, levels: Tensor): readonly [lower: Half, upper: Half] {
  const [upperWeight, lowerWeight, lowerLow, lowerHigh, upperLow, upperHigh] = op.unpack(s, levels, 6, form.kernelWise === true ? 1 : 0)
  if (!upperWeight || !lowerWeight || !lowerLow || !lowerHigh || !upperLow || !upperHigh) throw new RangeError('levels row')
  const { epsilon, low, width } = parameterValues(s, form, parameters)
  const make = (weight: Tensor, grid: Grid): Half => ({
    weight,
    grid,
    range: low === null ? symmetricRange(s, width, grid, epsilon) : asymmetricRange(s, low, width, grid, epsilon),
  })
  return [make(lowerWeight, { low: lowerLow, high: lowerHigh }), make(upperWeight, { low: upperLow, high: upperHigh })]
}

/**
 * FracBits forward (spec 5): x [m, c] -> (b - f) Q_{f+1}(x) + (f + 1 - b) Q_f(x), both on the same range parameters.
 * At an integer width this is exactly Q_b.
 */
export function fractionalQuantize(s: Scope, form: FractionalForm, x: Tensor, parameters: RangeParameters, levels: Tensor): Tensor {
  const [lower, upper] = halves(s, form, parameters, levels)
  const mix = (half: Half): Tensor => op.multiply(s, half.weight, quantize(s, x, half.range, half.grid))
  return op.add(s, mix(upper), mix(lower))
}

/** Fake quantization at the row's lower width alone: for integer widths, at half the cost. */
export function integerQuantize(s: Scope, form: FractionalForm, x: Tensor, parameters: RangeParameters, levels: Tensor): Tensor {
  const [lower] = halves(s, form, parameters, levels)
  return quantize(s, x, lower.range, lower.grid)
}

/** As {@link integerQuantize}, as integers and the factor that divides them. */
export function integerLevels(s: Scope, form: FractionalForm, x: Tensor, parameters: RangeParameters, levels: Tensor): IntegerLevels {
  const [lower] = halves(s, form, parameters, levels)
  return quantizeToIntegers(s, x, lower.range, lower.grid)
}

export interface FractionalGradient {
  readonly x: Tensor
  /** In the order of the parameters, in their shape. */
  readonly parameters: readonly Tensor[]
  /** d loss / d effective width, before the clamp's mask: sum of g (Q_{f+1} - Q_f) over all values, a scalar; kernel-wise over those of each channel. */
  readonly bits: Tensor
}

/** Backward of {@link fractionalQuantize} for x [m, c]. */
export function fractionalGradient(s: Scope, form: FractionalForm, x: Tensor, gradient: Tensor, parameters: RangeParameters, levels: Tensor): FractionalGradient {
  const parts = halves(s, form, parameters, levels).map((half) => {
    const y = quantize(s, x, half.range, half.grid)
    return { y, ...quantizeGradient(s, x, y, op.multiply(s, gradient, half.weight), half.range, half.grid) }
  })
  const [lower, upper] = parts
  if (!lower || !upper) throw new RangeError('two widths')
  const perChannel = (a: Tensor): Tensor => op.reduceSum(s, a, [0])
  const reduce = (a: Tensor): Tensor => (form.perChannel ? perChannel(a) : op.reduceSum(s, perChannel(a), [0], true))
  const { width } = parameterValues(s, form, parameters)
  const towardsStored = (a: Tensor): Tensor => {
    const signed = op.multiply(s, a, op.sign(s, width))
    return form.logarithmic ? op.multiply(s, signed, width) : signed
  }
  const range = towardsStored(reduce(op.add(s, upper.range, lower.range)))
  const low = form.mode === 'asymmetric' ? [reduce(op.add(s, upper.low, lower.low))] : []
  const bits = perChannel(op.multiply(s, gradient, op.subtract(s, upper.y, lower.y)))
  return { x: op.add(s, upper.x, lower.x), parameters: [...low, range], bits: form.kernelWise === true ? bits : op.reduceSum(s, bits, [0]) }
}

import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'

/** The grid of one integer width: lowest and highest level. */
export interface Grid {
  readonly low: Tensor
  readonly high: Tensor
}

/** Float range that a grid is stretched over; scalar-like or one entry per channel (last axis). */
export interface Range {
  readonly low: Tensor
  readonly range: Tensor
}

/** Keeps a parameter's magnitude above zero (spec 4.1). Logarithmic storage uses 0. */
export const RANGE_EPSILON = 1e-16

/** sigma = |scale| + epsilon; low = sigma (levelLow / levelHigh), range = sigma - low (spec 4.4). */
export function symmetricRange(s: Scope, scale: Tensor, grid: Grid, epsilon: number): Range {
  const sigma = op.add(s, op.absolute(s, scale), s.scalar(epsilon))
  const low = op.multiply(s, sigma, op.divide(s, grid.low, grid.high))
  return { low, range: op.subtract(s, sigma, low) }
}

/** |range| + epsilon, then the zero point is nudged so that zero is a grid point (TuneRange, spec 4.5). `grid.low` must be 0. */
export function asymmetricRange(s: Scope, inputLow: Tensor, inputRange: Tensor, grid: Grid, epsilon: number): Range {
  const zero = s.scalar(0)
  const width = op.add(s, op.absolute(s, inputRange), s.scalar(epsilon))
  const high = op.maximum(s, op.add(s, inputLow, width), zero)
  const low = op.minimum(s, inputLow, zero)
  const top = grid.high
  const levels = op.add(s, top, s.scalar(1))
  const scale = op.divide(s, levels, op.subtract(s, high, low))
  const zeroPoint = op.round(s, op.multiply(s, op.negate(s, low), scale))
  const belowTop = op.subtract(s, zeroPoint, top)
  const movedLow = op.select(s, op.less(s, zeroPoint, top), op.multiply(s, op.divide(s, zeroPoint, belowTop), high), low)
  const movedHigh = op.select(s, op.greater(s, zeroPoint, zero), op.multiply(s, op.divide(s, belowTop, zeroPoint), low), high)
  const lowMoves = op.greater(s, op.subtract(s, high, movedLow), op.subtract(s, movedHigh, low))
  const tunedLow = op.select(s, lowMoves, movedLow, low)
  const tunedHigh = op.select(s, lowMoves, high, movedHigh)
  return { low: tunedLow, range: op.subtract(s, tunedHigh, tunedLow) }
}

/** Fake quantization to one integer grid (spec 4.4): y = round((clamp(x) - low) s - z) / s with s = (levels - 1) / range, z = round(-low s). */
export function quantize(s: Scope, x: Tensor, range: Range, grid: Grid): Tensor {
  const { levels, factor } = quantizeToIntegers(s, x, range, grid)
  return op.divide(s, levels, factor)
}

/** Quantized values as the integers that they are multiples of: y = levels / factor. */
export interface IntegerLevels {
  readonly levels: Tensor
  /** Scalar-like, or one entry per channel (last axis). */
  readonly factor: Tensor
}

/** As {@link quantize}, before the last division. */
export function quantizeToIntegers(s: Scope, x: Tensor, range: Range, grid: Grid): IntegerLevels {
  const scale = op.divide(s, op.subtract(s, grid.high, grid.low), range.range)
  const zeroPoint = op.round(s, op.multiply(s, op.negate(s, range.low), scale))
  const clamped = op.maximum(s, op.minimum(s, x, op.add(s, range.low, range.range)), range.low)
  const level = op.subtract(s, op.multiply(s, op.subtract(s, clamped, range.low), scale), zeroPoint)
  return { levels: op.round(s, level), factor: scale }
}

/** Unreduced gradients of {@link quantize} (spec 4.6). */
export interface QuantizeGradient {
  readonly x: Tensor
  /** Of the range-type parameter: g (y - x) / range inside, g above, g levelLow / levelHigh below. */
  readonly range: Tensor
  /** Of an asymmetric low end: g where x lies outside. */
  readonly low: Tensor
}

export function quantizeGradient(s: Scope, x: Tensor, y: Tensor, gradient: Tensor, range: Range, grid: Grid): QuantizeGradient {
  const above = op.greater(s, x, op.add(s, range.low, range.range))
  const below = op.less(s, x, range.low)
  const zero = s.scalar(0)
  const zeroLike = op.multiply(s, gradient, zero)
  const inside = op.select(s, above, zeroLike, op.select(s, below, zeroLike, gradient))
  const error = op.multiply(s, gradient, op.divide(s, op.subtract(s, y, x), range.range))
  const belowShare = op.multiply(s, gradient, op.divide(s, grid.low, grid.high))
  const rangeGradient = op.select(s, above, gradient, op.select(s, below, belowShare, error))
  return { x: inside, range: rangeGradient, low: op.subtract(s, gradient, inside) }
}

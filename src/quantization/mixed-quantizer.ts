import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import type { GridWidth, MixedGrid } from './grid-table'

/*
 * The fractional quantizer in the form that compiles to little code: what does not depend on the values comes from a table (`grid-table.ts`).
 * Up to rounding in the last bit it computes what `fractional-quantizer.ts` does; a value exactly between two levels may fall on the other one.
 */

interface Level {
  readonly clamped: Tensor
  readonly y: Tensor
}

const clamp = (s: Scope, x: Tensor, { low, high }: GridWidth): Tensor => op.maximum(s, op.minimum(s, x, high), low)

const codesOf = (s: Scope, clamped: Tensor, { low, scale, zero }: GridWidth): Tensor =>
  op.round(s, op.subtract(s, op.multiply(s, op.subtract(s, clamped, low), scale), zero))

function level(s: Scope, x: Tensor, grid: GridWidth): Level {
  const clamped = clamp(s, x, grid)
  return { clamped, y: op.divide(s, codesOf(s, clamped, grid), grid.scale) }
}

/** The integers that {@link integerGridQuantize} divides by the steps to the unit. */
export const gridCodes = (s: Scope, x: Tensor, { lower }: MixedGrid): Tensor => codesOf(s, clamp(s, x, lower), lower)

/** x [rows, channels] -> the mixture of its two neighbouring widths. */
export function mixedQuantize(s: Scope, x: Tensor, { lower, upper }: MixedGrid): Tensor {
  return op.add(s, op.multiply(s, lower.weight, level(s, x, lower).y), op.multiply(s, upper.weight, level(s, x, upper).y))
}

/** As {@link mixedQuantize} at integer widths, where the upper width has no weight. */
export function integerGridQuantize(s: Scope, x: Tensor, { lower }: MixedGrid): Tensor {
  return level(s, x, lower).y
}

/** Gradients of {@link mixedQuantize} before they are summed, each [rows, channels]. */
export interface MixedTerms {
  readonly x: Tensor
  /** Of the scale, or of the range. */
  readonly range: Tensor
  /** Of an asymmetric low end. */
  readonly low: Tensor
  readonly bits: Tensor
}

export function mixedTerms(s: Scope, x: Tensor, gradient: Tensor, { lower, upper }: MixedGrid): MixedTerms {
  const zero = s.scalar(0)
  const half = (grid: GridWidth): { y: Tensor; inside: Tensor; range: Tensor } => {
    const { clamped, y } = level(s, x, grid)
    const isInside = op.equal(s, clamped, x)
    const outside = op.select(s, op.greater(s, x, clamped), grid.weight, grid.below)
    return {
      y,
      inside: op.select(s, isInside, grid.weight, zero),
      range: op.select(s, isInside, op.multiply(s, grid.slope, op.subtract(s, y, x)), outside),
    }
  }
  const [a, b] = [half(lower), half(upper)]
  const through = op.multiply(s, gradient, op.add(s, a.inside, b.inside))
  return {
    x: through,
    range: op.multiply(s, gradient, op.add(s, a.range, b.range)),
    low: op.subtract(s, gradient, through),
    bits: op.multiply(s, gradient, op.subtract(s, b.y, a.y)),
  }
}

import type { BudgetOutcome } from '../contract/entities'
import type { RoundingMethod } from '../contract/training-config'
import { type CostBudget, costOfWidths } from './cost-budget'
import { roundExactly } from './exact-rounding'
import type { QuantizerSpec } from './quantizer-spec'
import { clampedWidth, integerWidth } from './round-widths'

export interface RoundedWidths {
  /** Integer widths, one a quantizer. */
  readonly widths: readonly number[]
  readonly outcome: BudgetOutcome
}

/** What integer widths cost, against plain rounding of `bits`. */
export function budgetOutcome(method: RoundingMethod, budget: CostBudget, widths: readonly number[], plain: readonly number[]): BudgetOutcome {
  const { kind, unit, targetRate, limit, initial } = budget
  const cost = costOfWidths(budget, widths)
  const flips = widths.flatMap((to, quantizer) => (to === plain[quantizer] ? [] : [{ quantizer, from: plain[quantizer] ?? 0, to }]))
  return { kind, method, targetRate, rate: initial / cost, cost, limit, unit, flips }
}

/**
 * Integer widths for a freeze. `plain` rounds each half to even, whatever that costs. `offset` adds one number to all widths that cost something
 * before they are rounded: the largest, found by bisection, that keeps the budget. `exact`: see {@link roundExactly}, with `gradients` of the
 * cross-entropy by width where they are known. The last two never cost more than the budget, unless the narrowest widths do.
 */
export function roundToBudget(
  method: RoundingMethod,
  bits: ArrayLike<number>,
  specs: readonly QuantizerSpec[],
  budget: CostBudget,
  gradients: ArrayLike<number> | null = null,
): RoundedWidths {
  const plain = plainWidths(bits, specs)
  const widths =
    method === 'plain' ? plain : method === 'offset' ? roundWithOffset(bits, specs, budget, plain) : roundExactly(bits, specs, budget, plain, gradients)
  const outcome = budgetOutcome(method, budget, widths, plain)
  if (gradients === null) return { widths, outcome }
  // A bit less quadruples the noise, and with it the slope.
  const sensitivities = specs.map((spec, i) => Math.max(0, -(gradients[i] ?? 0)) * 4 ** (clampedWidth(spec, bits[i] ?? spec.initialBits) - (widths[i] ?? 0)))
  return { widths, outcome: { ...outcome, sensitivities } }
}

/** Each width for itself: clamped and rounded half to even. */
export const plainWidths = (bits: ArrayLike<number>, specs: readonly QuantizerSpec[]): number[] =>
  specs.map((spec, i) => integerWidth(spec, bits[i] ?? spec.initialBits))

/** Far more halvings than a float has digits of an offset. */
const BISECTIONS = 60

/** The paper's rounding (1.1 there): one offset for all widths. */
function roundWithOffset(bits: ArrayLike<number>, specs: readonly QuantizerSpec[], budget: CostBudget, plain: readonly number[]): number[] {
  const costing = new Set(budget.terms.flatMap(({ weight, input }) => (input === null ? [weight] : [weight, input])))
  const at = (offset: number): number[] =>
    specs.map((spec, i) => (costing.has(i) ? integerWidth(spec, clampedWidth(spec, bits[i] ?? spec.initialBits) + offset) : (plain[i] ?? 0)))
  const fits = (offset: number): boolean => costOfWidths(budget, at(offset)) <= budget.limit
  const span = Math.max(0, ...specs.map(({ minBits, maxBits }) => maxBits - minBits)) + 1
  if (fits(span)) return at(span)
  let [low, high] = [-span, span]
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2
    if (fits(middle)) low = middle
    else high = middle
  }
  return at(low)
}

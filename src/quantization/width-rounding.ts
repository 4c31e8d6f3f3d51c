import type { BudgetOutcome } from '../contract/entities'
import type { RoundingMethod } from '../contract/training-config'
import { type CostBudget, costOfWidths } from './cost-budget'
import { roundExactly } from './exact-rounding'
import type { QuantizerSpec } from './quantizer-spec'
import { clampedWidth, integerWidth } from './round-widths'
import { sumsByQuantizer, widthsByQuantizer, type WidthSpec, widthSpecs } from './width-layout'
import { bitCosts, type MeasuredGradients, sensitivitiesOf } from './width-sensitivity'

export interface RoundedWidths {
  /** Integer widths: one a quantizer, or one for each of its kernels. */
  readonly widths: readonly number[]
  readonly outcome: BudgetOutcome
}

/** What integer widths cost, against plain rounding of `bits`. Of kernels, only how many were rounded otherwise. */
export function budgetOutcome(method: RoundingMethod, budget: CostBudget, specs: readonly QuantizerSpec[], widths: readonly number[], plain: readonly number[]): BudgetOutcome {
  const { kind, unit, targetRate, limit, initial } = budget
  const cost = costOfWidths(budget, widths)
  const before = widthsByQuantizer(specs, plain)
  const isKernelWise = (quantizer: number): boolean => specs[quantizer]?.kernels !== undefined
  const flipped = widthsByQuantizer(specs, widths).flatMap((own, quantizer) =>
    own.flatMap((to, kernel) => (to === before[quantizer]?.[kernel] ? [] : [{ quantizer, from: before[quantizer]?.[kernel] ?? 0, to }])),
  )
  const flips = flipped.filter(({ quantizer }) => !isKernelWise(quantizer))
  const kernelFlips = specs.some(({ kernels }) => kernels !== undefined) ? { kernelFlips: flipped.length - flips.length } : {}
  return { kind, method, targetRate, rate: initial / cost, cost, limit, unit, flips, ...kernelFlips }
}

/**
 * Integer widths for a freeze; `bits` and `gradients` (of the cross-entropy) by width. `plain` rounds each half to even, whatever that costs. `offset` adds one number to all
 * widths that cost something before they are rounded: the largest, found by bisection, that keeps the budget. `exact`: see {@link roundExactly}, with what
 * {@link sensitivitiesOf} makes of the gradients, believed as far as `trust` says. The last two never cost more than the budget, unless the narrowest widths do.
 */
export function roundToBudget(
  method: RoundingMethod,
  bits: ArrayLike<number>,
  specs: readonly QuantizerSpec[],
  budget: CostBudget,
  gradients: MeasuredGradients | null = null,
  trust = 1,
): RoundedWidths {
  const plain = plainWidths(bits, specs)
  const each = widthSpecs(specs)
  const costs = bitCosts(each, budget, plain)
  const sensitivities = sensitivitiesOf(gradients, costs)
  const believed = trust === 1 ? sensitivities : sensitivitiesOf(gradients, costs, trust)
  const widths =
    method === 'plain' ? plain : method === 'offset' ? roundWithOffset(bits, each, budget, plain) : roundExactly(bits, each, budget, plain, believed)
  const outcome = budgetOutcome(method, budget, specs, widths, plain)
  if (gradients === null) return { widths, outcome }
  // A bit less quadruples the noise, and with it the slope.
  const byWidth = each.map((spec, i) => (sensitivities[i] ?? 0) * 4 ** (clampedWidth(spec, bits[i] ?? spec.initialBits) - (widths[i] ?? 0)))
  const atRounded = sumsByQuantizer(specs, byWidth)
  return { widths, outcome: { ...outcome, sensitivities: atRounded } }
}

/** How far measured gradients are believed, by candidate: wholly, half, not at all. */
const TRUSTS = [1, 0.5, 0]

/** Exact roundings that differ in how far they believe the gradients, each once; the one that believes them wholly comes first. */
export function exactRoundings(bits: ArrayLike<number>, specs: readonly QuantizerSpec[], budget: CostBudget, gradients: MeasuredGradients): RoundedWidths[] {
  const found = new Map<string, RoundedWidths>()
  for (const trust of TRUSTS) {
    const rounded = roundToBudget('exact', bits, specs, budget, gradients, trust)
    const key = rounded.widths.join()
    if (!found.has(key)) found.set(key, rounded)
  }
  return [...found.values()]
}

/** Each width for itself: clamped and rounded half to even. */
export const plainWidths = (bits: ArrayLike<number>, specs: readonly QuantizerSpec[]): number[] =>
  widthSpecs(specs).map((spec, i) => integerWidth(spec, bits[i] ?? spec.initialBits))

/** Far more halvings than a float has digits of an offset. */
const BISECTIONS = 60

/** The paper's rounding (1.1 there): one offset for all widths. */
function roundWithOffset(bits: ArrayLike<number>, specs: readonly WidthSpec[], budget: CostBudget, plain: readonly number[]): number[] {
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

import { estimatedHarm } from '../contract/what-if'
import { type CostBudget, costOfWidths } from './cost-budget'
import { type Choice, solveKnapsack } from './knapsack'
import type { QuantizerSpec } from './quantizer-spec'
import { allowedWidths, clampedWidth } from './round-widths'

/** An achieved rate may lie above the target by this share: the budget is then used up but for so much. */
export const RATE_TOLERANCE = 0.005

/** Widths this near to the learned one are tried first. */
const NEAR_BITS = 2

/** A quantizer whose gradient says that more bits do harm counts with this share of the mean sensitivity. */
const LEAST_SENSITIVITY = 1e-3

/** What the rounding knows about a quantizer. */
interface Known {
  readonly spec: QuantizerSpec
  /** Learned width, clamped. */
  readonly bits: number
  readonly sensitivity: number
}

/** Sensitivities from gradients of the cross-entropy by width; where nothing is known, in proportion to what a bit costs, as they are once the training has settled. */
function sensitivitiesOf(gradients: ArrayLike<number> | null, bitCosts: readonly number[]): number[] {
  const found = bitCosts.map((_, i) => Math.max(0, -(gradients?.[i] ?? 0)))
  const mean = found.reduce((sum, value) => sum + value, 0) / Math.max(1, found.length)
  if (!(mean > 0) || !Number.isFinite(mean)) return [...bitCosts]
  return found.map((value) => Math.max(value, LEAST_SENSITIVITY * mean))
}

/** Widths to choose from: near the learned one, with the nearest on either side in any case, or all. */
function candidates({ spec, bits }: Known, all: boolean): readonly number[] {
  const allowed = allowedWidths(spec)
  if (all) return allowed
  const below = allowed.filter((width) => width <= bits).at(-1)
  const above = allowed.find((width) => width >= bits)
  return allowed.filter((width) => width === below || width === above || Math.abs(width - bits) < NEAR_BITS)
}

/**
 * Integer widths within the budget that are estimated to do the least harm. A cost that multiplies the widths of weights and activations is a
 * knapsack for either kind once the other is given; so weights are settled first, and activations only where that does not get into the budget's
 * last half percent. `start` are the plainly rounded widths; quantizers that cost nothing keep them.
 */
export function roundExactly(bits: ArrayLike<number>, specs: readonly QuantizerSpec[], budget: CostBudget, start: readonly number[], gradients: ArrayLike<number> | null): number[] {
  const bitCost = (index: number): number => {
    const at = (by: number): number => costOfWidths(budget, start.map((width, i) => (i === index ? width + by : width)))
    return (at(1) - at(-1)) / 2
  }
  const bitCosts = specs.map((_, i) => bitCost(i))
  const sensitivities = sensitivitiesOf(gradients, bitCosts)
  const known = specs.map((spec, i): Known => ({ spec, bits: clampedWidth(spec, bits[i] ?? spec.initialBits), sensitivity: sensitivities[i] ?? 0 }))
  const wanted = budget.limit / (1 + RATE_TOLERANCE)
  const isMet = (widths: readonly number[]): boolean => {
    const cost = costOfWidths(budget, widths)
    return cost <= budget.limit && cost >= wanted
  }
  const groups = (['weight', 'activation'] as const).map((kind) => {
    const members = new Set(budget.terms.flatMap(({ weight, input }) => (kind === 'weight' ? [weight] : input === null ? [] : [input])))
    return [...members]
  })
  const settle = (members: readonly number[], widths: readonly number[], all: boolean): number[] => {
    const result = [...widths]
    const options = members.map((index) => {
      const one = known[index]
      return one ? candidates(one, all) : []
    })
    const choices = members.map((index, position): Choice[] => {
      const own = budget.terms.filter(({ weight, input }) => weight === index || input === index)
      const { bits: from = 0, sensitivity = 0 } = known[index] ?? {}
      return (options[position] ?? []).map((to) => {
        const changed = widths.map((width, i) => (i === index ? to : width))
        return { cost: costOfWidths({ terms: own }, changed), loss: estimatedHarm(sensitivity, from, to) }
      })
    })
    const isMember = new Set(members)
    const others = budget.terms.filter(({ weight, input }) => !isMember.has(weight) && (input === null || !isMember.has(input)))
    const fixed = costOfWidths({ terms: others }, widths)
    const picked = solveKnapsack(choices, budget.limit - fixed, wanted - fixed)
    members.forEach((index, position) => {
      // Nothing fits: as little as possible, so that the other kind has the more room.
      result[index] = (picked === null ? options[position]?.[0] : options[position]?.[picked[position] ?? 0]) ?? result[index] ?? 0
    })
    return result
  }
  let fitting: number[] | null = null
  for (const all of [false, true]) {
    let widths = [...start]
    for (const members of [...groups, ...groups.slice(0, 1)]) {
      if (members.length > 0) widths = settle(members, widths, all)
      if (isMet(widths)) return widths
    }
    if (fitting === null && (all || costOfWidths(budget, widths) <= budget.limit)) fitting = widths
  }
  return fitting ?? [...start]
}

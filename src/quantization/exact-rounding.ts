import { estimatedHarm } from '../contract/what-if'
import { type CostBudget, costOfWidths } from './cost-budget'
import type { Choice } from './knapsack'
import type { QuantizerSpec } from './quantizer-spec'
import { allowedWidths, clampedWidth } from './round-widths'
import { settleUnits } from './settle-units'
import type { WidthSpec } from './width-layout'
import { termsByWidth } from './width-sensitivity'

/** An achieved rate may lie above the target by this share: the budget is then used up but for so much. */
export const RATE_TOLERANCE = 0.005

/** Widths this near to the learned one are tried first. */
const NEAR_BITS = 2

/** What the rounding knows about a width. */
interface Known {
  readonly spec: QuantizerSpec
  /** Learned width, clamped. */
  readonly bits: number
  readonly sensitivity: number
}

/** Widths to choose from: near the learned one, with the nearest on either side in any case, or all. */
function candidates({ spec, bits }: Known, all: boolean): readonly number[] {
  const allowed = allowedWidths(spec)
  if (all) return allowed
  const below = allowed.filter((width) => width <= bits).at(-1)
  const above = allowed.find((width) => width >= bits)
  return allowed.filter((width) => width === below || width === above || Math.abs(width - bits) < NEAR_BITS)
}

/** A quantizer, or all kernels of one: indices of its widths. */
type Unit = readonly number[]

function unitsOf(members: readonly number[], specs: readonly WidthSpec[]): Unit[] {
  const units = new Map<number, number[]>()
  for (const index of members) {
    const quantizer = specs[index]?.quantizer ?? index
    const unit = units.get(quantizer)
    if (unit === undefined) units.set(quantizer, [index])
    else unit.push(index)
  }
  return [...units.values()]
}

/**
 * Integer widths within the budget that are estimated to do the least harm. A cost that multiplies the widths of weights and activations is a
 * knapsack for either kind once the other is given; so weights are settled first, and activations only where that does not get into the budget's
 * last half percent. The kernels of a weight are one item of that knapsack: see {@link staircase}. `start` are the plainly rounded widths; those
 * that cost nothing stay as they are. `sensitivities` by width: see {@link sensitivitiesOf}.
 */
export function roundExactly(bits: ArrayLike<number>, specs: readonly WidthSpec[], budget: CostBudget, start: readonly number[], sensitivities: readonly number[]): number[] {
  const termsOf = termsByWidth(budget)
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
    const changed = [...widths]
    const optionsOf = (index: number): readonly number[] => {
      const one = known[index]
      return one ? candidates(one, all) : []
    }
    const choicesOf = (index: number): Choice[] => {
      const { bits: from = 0, sensitivity = 0 } = known[index] ?? {}
      const choices = optionsOf(index).map((to) => {
        changed[index] = to
        return { cost: costOfWidths({ terms: termsOf.get(index) ?? [] }, changed), loss: estimatedHarm(sensitivity, from, to) }
      })
      changed[index] = widths[index] ?? 0
      return choices
    }
    const isMember = new Set(members)
    const others = budget.terms.filter(({ weight, input }) => !isMember.has(weight) && (input === null || !isMember.has(input)))
    const fixed = costOfWidths({ terms: others }, widths)
    const units = unitsOf(members, specs)
    const picked = settleUnits(units.map((unit) => unit.map(choicesOf)), budget.limit - fixed, wanted - fixed)
    units.forEach((unit, position) => {
      unit.forEach((index, kernel) => {
        // Nothing fits: as little as possible, so that the other kind has the more room.
        const options = optionsOf(index)
        result[index] = (picked === null ? options[0] : options[picked[position]?.[kernel] ?? 0]) ?? result[index] ?? 0
      })
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

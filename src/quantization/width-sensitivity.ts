import { type CostBudget, costOfWidths, type CostTerm } from './cost-budget'
import { isKernelWise, type WidthSpec } from './width-layout'

/** Gradient of the cross-entropy by each width as it was measured: the mean over batches, and the standard error of that mean. */
export interface MeasuredGradients {
  readonly mean: ArrayLike<number>
  /** Null: the mean is exact. */
  readonly standardError: ArrayLike<number> | null
}

/** A width counts with at least this share of what its learned width lets expect. */
const LEAST_SHARE = 1e-3

/** The terms of a cost by the widths that they hang on. */
export function termsByWidth({ terms }: Pick<CostBudget, 'terms'>): ReadonlyMap<number, readonly CostTerm[]> {
  const found = new Map<number, CostTerm[]>()
  for (const term of terms)
    for (const index of term.input === null ? [term.weight] : [term.weight, term.input]) {
      const own = found.get(index)
      if (own === undefined) found.set(index, [term])
      else own.push(term)
    }
  return found
}

/** What a bit more costs, by width; 0 for those that cost nothing. */
export function bitCosts(specs: readonly WidthSpec[], budget: CostBudget, start: readonly number[]): number[] {
  const kernelWise = isKernelWise(specs)
  const termsOf = termsByWidth(budget)
  const moved = [...start]
  return specs.map((_, index) => {
    // With thousands of widths, the terms of other ones are left out: they cancel.
    const counted = kernelWise ? { terms: termsOf.get(index) ?? [] } : budget
    const width = start[index] ?? 0
    const at = (by: number): number => {
      moved[index] = width + by
      return costOfWidths(counted, moved)
    }
    const cost = (at(1) - at(-1)) / 2
    moved[index] = width
    return cost
  })
}

/**
 * How much the loss rises by a bit less, at the learned width, by width. Where training has settled, both parts of the loss balance at each width, so
 * that a width's sensitivity is in proportion to what its bit costs: with that alone the best integer widths are those that one offset for all gives.
 * A measured gradient corrects this as far as it is more than noise: `w = 1 / (1 + (error / expected)^2)` of it counts, and `1 - w` of what is
 * expected. Where nothing was measured, or all of it says that bits do harm, only the proportions are known. With `trust` t below 1 it is
 * `estimate^t expected^(1 - t)`: what was measured is believed less, down to not at all.
 */
export function sensitivitiesOf(measured: MeasuredGradients | null, costs: readonly number[], trust = 1): number[] {
  const falls = costs.map((_, i) => -(measured?.mean[i] ?? 0))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const scale = sum(falls.filter((_, i) => (costs[i] ?? 0) > 0)) / sum(costs)
  if (!(scale > 0) || !Number.isFinite(scale)) return costs.map((cost, i) => (cost > 0 ? cost : Math.max(0, falls[i] ?? 0)))
  return costs.map((cost, i) => {
    const found = falls[i] ?? 0
    const expected = scale * cost
    if (!(expected > 0)) return Math.max(0, found)
    const error = measured?.standardError?.[i] ?? 0
    const weight = 1 / (1 + (error / expected) ** 2)
    const estimate = Math.max(weight * found + (1 - weight) * expected, LEAST_SHARE * expected)
    return expected * (estimate / expected) ** trust
  })
}

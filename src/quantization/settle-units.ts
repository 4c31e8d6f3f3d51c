import { type Choice, solveKnapsack } from './knapsack'
import { climbTogether, type Staircase, staircase } from './staircase'

/** A step of a knapsack is this many additions at most, and an item has a choice in a byte. */
const ADDITIONS = 60_000_000
const MOST_CHOICES = 255
const LEAST_CHOICES = 9
/** As fine as {@link solveKnapsack} tells sums apart. */
const CELLS = 60_000

/**
 * Settles units of members, each with a list of choices, within `limit`, as {@link solveKnapsack} does with single items; gives the index of each
 * member's choice, or null where not even the cheapest fit. Members of a unit of several (kernels of one weight) are settled by its staircase, of
 * which the points around the one that the shared climb reaches are the choices: all of them where there are few, else so many that the work stays
 * small. The limit is kept in any case.
 */
export function settleUnits(units: readonly (readonly (readonly Choice[])[])[], limit: number, wanted: number): number[][] | null {
  if (units.every((unit) => unit.length === 1)) {
    const picked = solveKnapsack(units.map(([only = []]) => only), limit, wanted)
    return picked && picked.map((index) => [index])
  }
  const stairs = units.map(staircase)
  const reached = climbTogether(stairs, limit)
  if (reached === null) return null
  const most = Math.min(MOST_CHOICES, Math.max(LEAST_CHOICES, Math.floor(ADDITIONS / (CELLS * units.length))))
  const windows = stairs.map((stair, i) => windowOf(stair, reached[i] ?? 0, most))
  const items = units.map((unit, i) => (unit.length === 1 ? (unit[0] ?? []) : (windows[i] ?? [])))
  const picked = solveKnapsack(items, limit, wanted)
  if (picked === null) return null
  return units.map((unit, i) => {
    const choice = picked[i] ?? 0
    return unit.length === 1 ? [choice] : (stairs[i]?.at(windows[i]?.[choice]?.step ?? 0) ?? [])
  })
}

/** At most `most` points around one. */
function windowOf({ points }: Staircase, at: number, most: number): Staircase['points'] {
  const from = Math.max(0, Math.min(at - Math.floor(most / 2), points.length - most))
  return points.slice(from, from + most)
}

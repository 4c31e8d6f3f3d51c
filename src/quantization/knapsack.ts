/** One way to settle an item. */
export interface Choice {
  readonly cost: number
  /** What it does harm; may be negative. */
  readonly loss: number
}

/** Partial sums that are told apart. */
const CELLS = 60_000

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/**
 * Picks one choice for every item so that the costs add up to at most `limit`, and the losses to as little as possible; sums from `wanted` on go
 * before smaller ones. Gives the index of each item's choice, or null where even the cheapest choices cost too much.
 *
 * Dynamic programming over items and sums of cost. It is exact where the costs are whole multiples of a common step that goes at most
 * `maxCells` times into what is left of the limit; else sums are told apart by cells of that fineness, each keeping its best way with its
 * true cost, so that the limit is never exceeded.
 */
export function solveKnapsack(items: readonly (readonly Choice[])[], limit: number, wanted: number, maxCells = CELLS): number[] | null {
  const cheapest = items.map((choices) => Math.min(...choices.map(({ cost }) => cost)))
  const least = cheapest.reduce((sum, cost) => sum + cost, 0)
  const room = limit - least
  if (room < 0) return null
  const extras = items.map((choices, i) => choices.map(({ cost }) => cost - (cheapest[i] ?? 0)))
  const steps = extras.flat().filter((extra) => extra > 0)
  const whole = steps.every(Number.isInteger) ? steps.reduce(greatestDivisor, 0) : 0
  const unit = Math.max(whole, room / maxCells)
  const cells = unit === 0 ? 1 : Math.floor(room / unit + 1e-9) + 1
  let losses = new Float64Array(cells).fill(Number.POSITIVE_INFINITY)
  let used = new Float64Array(cells)
  losses[0] = 0
  const trails = items.map(() => ({ choice: new Uint8Array(cells), from: new Int32Array(cells) }))
  items.forEach((choices, i) => {
    const nextLosses = new Float64Array(cells).fill(Number.POSITIVE_INFINITY)
    const nextUsed = new Float64Array(cells)
    const trail = trails[i]
    for (let cell = 0; cell < cells; cell++) {
      const loss = losses[cell] ?? Number.POSITIVE_INFINITY
      if (loss === Number.POSITIVE_INFINITY) continue
      choices.forEach((choice, index) => {
        const sum = (used[cell] ?? 0) + (extras[i]?.[index] ?? 0)
        if (sum > room) return
        const to = unit === 0 ? 0 : Math.min(cells - 1, Math.floor(sum / unit + 1e-9))
        const total = loss + choice.loss
        if (total >= (nextLosses[to] ?? 0)) return
        nextLosses[to] = total
        nextUsed[to] = sum
        if (trail) {
          trail.choice[to] = index
          trail.from[to] = cell
        }
      })
    }
    losses = nextLosses
    used = nextUsed
  })
  const bestFrom = (least: number): number => {
    let best = -1
    for (let cell = 0; cell < cells; cell++)
      if ((losses[cell] ?? 0) !== Number.POSITIVE_INFINITY && (used[cell] ?? 0) >= least && (best === -1 || (losses[cell] ?? 0) < (losses[best] ?? 0))) best = cell
    return best
  }
  const inside = bestFrom(wanted - least)
  let cell = inside === -1 ? bestFrom(0) : inside
  if (cell === -1) return null
  const picked = items.map(() => 0)
  for (let i = items.length - 1; i >= 0; i--) {
    picked[i] = trails[i]?.choice[cell] ?? 0
    cell = trails[i]?.from[cell] ?? 0
  }
  return picked
}

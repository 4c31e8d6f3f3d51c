import type { Choice } from './knapsack'

/** One way to settle all kernels of a weight: a choice that stands for many. */
export interface StairPoint extends Choice {
  /** Steps taken from the bottom. */
  readonly step: number
}

interface Step {
  readonly kernel: number
  /** Index of the kernel's choice after the step. */
  readonly to: number
  readonly cost: number
  /** What is won; positive. */
  readonly gain: number
}

/**
 * The kernels of one weight, settled together: from the cheapest choice of each upwards, always the step next that wins most for its cost. Where a bit
 * costs the same in every kernel and width, as for the size and bit operations, each point is the least harmful way to spend what it costs, since harm
 * is convex in the width. Elsewhere (a device without some widths) the points are those of the lower convex hull.
 */
export interface Staircase {
  /** From the cheapest on, ascending in cost, descending in loss. */
  readonly points: readonly StairPoint[]
  /** What the step to each point but the first wins for its cost; descending. */
  readonly ratios: readonly number[]
  /** Index of each kernel's choice at a point. */
  at(step: number): number[]
}

/** Choices of a kernel ascending in cost. */
export function staircase(kernels: readonly (readonly Choice[])[]): Staircase {
  const bottoms = kernels.map(bottomOf)
  const steps = kernels.flatMap((choices, kernel) => hullSteps(choices, bottoms[kernel] ?? 0, kernel))
  // Steps of one kernel win less and less, so a stable order keeps them in their own.
  steps.sort((a, b) => b.gain / b.cost - a.gain / a.cost)
  const sumOf = (of: (choice: Choice) => number): number => kernels.reduce((sum, choices, i) => sum + of(choices[bottoms[i] ?? 0] ?? { cost: 0, loss: 0 }), 0)
  const points: StairPoint[] = [{ cost: sumOf(({ cost }) => cost), loss: sumOf(({ loss }) => loss), step: 0 }]
  for (const { cost, gain } of steps) {
    const last = points.at(-1) ?? { cost: 0, loss: 0 }
    points.push({ cost: last.cost + cost, loss: last.loss - gain, step: points.length })
  }
  return {
    points,
    ratios: steps.map(({ cost, gain }) => gain / cost),
    at(step) {
      const chosen = [...bottoms]
      for (const { kernel, to } of steps.slice(0, step)) chosen[kernel] = to
      return chosen
    },
  }
}

/** The cheapest choice, and of several that cost as little the least harmful. */
const bottomOf = (choices: readonly Choice[]): number =>
  choices.reduce((best, { cost, loss }, i) => {
    const least = choices[best] ?? { cost, loss }
    return cost < least.cost || (cost === least.cost && loss < least.loss) ? i : best
  }, 0)

/** From a choice along the lower convex hull to the least harmful one. */
function hullSteps(choices: readonly Choice[], bottom: number, kernel: number): Step[] {
  const steps: Step[] = []
  for (let at = bottom; ; ) {
    const from = choices[at]
    let best: Step | null = null
    choices.forEach((choice, to) => {
      if (from === undefined || choice.cost <= from.cost || choice.loss >= from.loss) return
      const step = { kernel, to, cost: choice.cost - from.cost, gain: from.loss - choice.loss }
      if (best === null || step.gain / step.cost > best.gain / best.cost) best = step
    })
    if (best === null) return steps
    const step: Step = best
    steps.push(step)
    at = step.to
  }
}

/**
 * How far up each staircase goes when all of them share `limit` and the step that wins most for its cost goes first: within one step of the best that
 * is possible. Gives a number of steps each, or null where not even the bottoms fit.
 */
export function climbTogether(stairs: readonly Staircase[], limit: number): number[] | null {
  let spent = stairs.reduce((sum, { points }) => sum + (points[0]?.cost ?? 0), 0)
  if (spent > limit) return null
  const steps = stairs.flatMap(({ ratios }, stair) => ratios.map((ratio, i) => ({ stair, ratio, step: i + 1 })))
  steps.sort((a, b) => b.ratio - a.ratio)
  const reached = stairs.map(() => 0)
  const isShut = stairs.map(() => false)
  for (const { stair, step } of steps) {
    const points = stairs[stair]?.points ?? []
    const cost = (points[step]?.cost ?? 0) - (points[step - 1]?.cost ?? 0)
    if (isShut[stair] === true || spent + cost > limit) {
      isShut[stair] = true
      continue
    }
    spent += cost
    reached[stair] = step
  }
  return reached
}

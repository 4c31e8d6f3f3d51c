import type { SeriesColumns } from '../../../../src/contract/entities'
import type { ChartSeries } from '../../components/charts/chart-series'
import type { Points } from '../../live/decimate'

export interface CurveGroup {
  readonly name: string
  /** Colour token. */
  readonly color: string
  readonly runIds: readonly string[]
}

const GRID = 240

/** A curve as if it had points at these steps; nothing before its first and after its last. */
export function resample({ steps, values }: Pick<SeriesColumns, 'steps' | 'values'>, grid: readonly number[]): (number | null)[] {
  let at = 0
  return grid.map((step) => {
    while (at + 1 < steps.length && (steps[at + 1] ?? 0) <= step) at += 1
    const [before, after] = [steps[at], steps[at + 1]]
    const [a, b] = [values[at], values[at + 1]]
    if (before === undefined || a === undefined || a === null || step < before) return null
    if (step === before) return a
    if (after === undefined || b === undefined || b === null) return null
    return a + ((step - before) / (after - before)) * (b - a)
  })
}

const toPoints = (steps: readonly number[], values: readonly (number | null)[]): Points => ({
  steps: Float64Array.from(steps),
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
})

/**
 * One line for each group: the run's own curve where there is one run, else the mean of its runs in a band of one standard deviation
 * to either side. Runs are brought to common steps first.
 */
export function groupCurves(groups: readonly CurveGroup[], curves: ReadonlyMap<string, Pick<SeriesColumns, 'steps' | 'values'>>): ChartSeries[] {
  return groups.flatMap(({ name, color, runIds }): ChartSeries[] => {
    const members = runIds.flatMap((runId) => curves.get(runId) ?? [])
    const [only] = members
    if (only === undefined) return []
    const few = members.every(({ steps }) => steps.length <= 60)
    if (members.length === 1)
      return [{ key: name, label: name, color, points: toPoints(only.steps, only.values), last: only.values.at(-1) ?? null, dots: few, noisy: !few }]
    const grid = commonSteps(members)
    const rows = members.map((member) => resample(member, grid))
    const mean: (number | null)[] = []
    const low: (number | null)[] = []
    const high: (number | null)[] = []
    grid.forEach((_, index) => {
      const there = rows.flatMap((row) => row[index] ?? [])
      const middle = there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length
      const deviation = middle === null || there.length < 2 ? 0 : Math.sqrt(there.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (there.length - 1))
      mean.push(middle)
      low.push(middle === null ? null : middle - deviation)
      high.push(middle === null ? null : middle + deviation)
    })
    const edge = (part: string, values: (number | null)[]): ChartSeries => ({ key: `${name} ${part}`, label: `${name}, ${part}`, color, points: toPoints(grid, values), last: null, edgeOf: name, under: true })
    return [
      edge('plus one deviation', high),
      edge('minus one deviation', low),
      { key: name, label: `${name} (mean of ${members.length})`, color, points: toPoints(grid, mean), last: mean.at(-1) ?? null, dots: grid.length <= 60 },
    ]
  })
}

/** The steps that all have, or even distances where they have different ones. */
function commonSteps(members: readonly Pick<SeriesColumns, 'steps'>[]): number[] {
  const [first] = members
  if (first !== undefined && members.every(({ steps }) => steps.length === first.steps.length && steps.every((step, index) => step === first.steps[index]))) return [...first.steps]
  const low = Math.min(...members.map(({ steps }) => steps[0] ?? Infinity))
  const high = Math.max(...members.map(({ steps }) => steps[steps.length - 1] ?? -Infinity))
  return Array.from({ length: GRID }, (_, index) => low + ((high - low) * index) / (GRID - 1))
}

import type { ResultRow } from '../../../../src/contract/entities'
import type { ComparedRun } from '../../../../src/contract/comparison'
import { dominated } from '../../../../src/contract/comparison/pareto'

export interface ParetoPoint {
  readonly name: string
  readonly kind: 'run' | Exclude<ResultRow['kind'], 'mixed'>
  readonly color: string
  readonly sizeBits: number
  readonly top1: number
  readonly dominated: boolean
}

/** Models of the runs by size and accuracy: what each learned, and the uniform widths beside it (INT8 and FP32 of the same training). */
export function paretoPoints(runs: readonly ComparedRun[], names: readonly string[], color: (index: number) => string): ParetoPoint[] {
  const points = runs.flatMap((run, index) =>
    (run.result?.rows ?? []).map((row) => ({
      name: names[index] ?? run.name,
      kind: row.kind === 'mixed' ? ('run' as const) : row.kind,
      color: color(index),
      sizeBits: row.sizeBits,
      top1: row.top1,
    })),
  )
  const isDominated = dominated(points)
  return points.map((point, index) => ({ ...point, dominated: isDominated[index] === true }))
}

/** The best that there is at each size, from small to large. */
export const frontOf = (points: readonly ParetoPoint[]): ParetoPoint[] => points.filter((point) => !point.dominated).sort((a, b) => a.sizeBits - b.sizeBits)

export interface Axis {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

/** Sizes go by factors: their axis is logarithmic, with ticks at halves and doubles. */
export function sizeAxis(points: readonly ParetoPoint[]): Axis {
  const sizes = points.map(({ sizeBits }) => Math.log2(sizeBits))
  const low = Math.min(...sizes) - 0.25
  const high = Math.max(...sizes) + 0.25
  const ticks = Array.from({ length: 5 }, (_, index) => 2 ** (low + ((index + 0.5) * (high - low)) / 5))
  return { low, high, ticks }
}

export function accuracyAxis(points: readonly ParetoPoint[]): Axis {
  const values = points.map(({ top1 }) => top1)
  const room = Math.max(0.2, (Math.max(...values) - Math.min(...values)) * 0.1)
  const [low, high] = [Math.min(...values) - room, Math.max(...values) + room]
  return { low, high, ticks: Array.from({ length: 5 }, (_, index) => low + ((high - low) * (index + 0.5)) / 5) }
}

import type { ComparedRun, ComparedWork } from '../../../../src/contract/comparison'
import { finalRow } from '../../../../src/contract/comparison/final-row'
import { dominated } from '../../../../src/contract/comparison/pareto'
import type { ResultRow } from '../../../../src/contract/entities'
import { formatBitsAsKilobytes, formatLargeCount } from '../../format/numbers'
import { formatDuration } from '../../format/time'

/** What accuracy is bought with. */
export const COSTS = {
  size: { label: 'Size', title: 'Size of the weights', format: formatBitsAsKilobytes },
  work: { label: 'Bit operations', title: 'Bit operations of an image', format: formatLargeCount },
  time: { label: 'Time', title: 'Time from start to end of the run', format: formatDuration },
} as const
export type Cost = keyof typeof COSTS

export interface ParetoPoint {
  readonly name: string
  readonly kind: 'run' | Exclude<ResultRow['kind'], 'mixed'>
  readonly color: string
  /** Bits, bit operations or seconds. */
  readonly cost: number
  readonly top1: number
  readonly dominated: boolean
}

/** What a model costs; null where that is not known. The time of a run is that of the model it ends with. */
function costOf(cost: Cost, run: ComparedRun, row: ResultRow, work: ComparedWork | undefined): number | null {
  if (cost === 'size') return row.sizeBits
  if (cost === 'work') return work?.rows.find(({ kind }) => kind === row.kind)?.bitOperations ?? null
  return finalRow(run.result)?.kind === row.kind ? run.duration : null
}

/** Models of the runs by cost and accuracy: what each learned, and the uniform widths beside it (INT8 and FP32 of the same training). */
export function paretoPoints(runs: readonly ComparedRun[], names: readonly string[], color: (index: number) => string, cost: Cost, work: readonly ComparedWork[]): ParetoPoint[] {
  const points = runs.flatMap((run, index) =>
    (run.result?.rows ?? []).flatMap((row) => {
      const price = costOf(cost, run, row, work.find(({ runId }) => runId === run.id))
      if (price === null || price <= 0) return []
      return [{ name: names[index] ?? run.name, kind: row.kind === 'mixed' ? ('run' as const) : row.kind, color: color(index), cost: price, top1: row.top1 }]
    }),
  )
  const isDominated = dominated(points)
  return points.map((point, index) => ({ ...point, dominated: isDominated[index] === true }))
}

/** The best that there is at each cost, from low to high. */
export const frontOf = (points: readonly ParetoPoint[]): ParetoPoint[] => points.filter((point) => !point.dominated).sort((a, b) => a.cost - b.cost)

export interface Axis {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

/** Costs go by factors: their axis is logarithmic, in powers of two. */
export function costAxis(points: readonly ParetoPoint[]): Axis {
  const costs = points.map(({ cost }) => Math.log2(cost))
  const low = Math.min(...costs) - 0.25
  const high = Math.max(...costs) + 0.25
  const ticks = Array.from({ length: 5 }, (_, index) => 2 ** (low + ((index + 0.5) * (high - low)) / 5))
  return { low, high, ticks }
}

export function accuracyAxis(points: readonly ParetoPoint[]): Axis {
  const values = points.map(({ top1 }) => top1)
  const room = Math.max(0.2, (Math.max(...values) - Math.min(...values)) * 0.1)
  const [low, high] = [Math.min(...values) - room, Math.max(...values) + room]
  return { low, high, ticks: Array.from({ length: 5 }, (_, index) => low + ((high - low) * (index + 0.5)) / 5) }
}

import type { ComparedRun } from '../../../../src/contract/comparison'
import { finalRow } from '../../../../src/contract/comparison/final-row'
import { pairedTest, pairedTestWords } from '../../../../src/contract/comparison/paired-test'
import type { CurveGroup } from './compared-curves'

/** Groups are compared pair by pair up to this many; more pairs would find differences by chance. */
const MOST_GROUPS = 4

/** Top-1 of the integer model by seed; runs with the same seed count as one, their mean. */
function bySeed(runs: readonly ComparedRun[], group: CurveGroup): ReadonlyMap<string, number> {
  const values = new Map<string, number[]>()
  for (const { id, seed, result } of runs) {
    const top1 = finalRow(result)?.top1
    if (top1 === undefined || !group.runIds.includes(id)) continue
    const key = String(seed ?? 0)
    values.set(key, [...(values.get(key) ?? []), top1])
  }
  return new Map([...values].map(([seed, all]) => [seed, all.reduce((sum, value) => sum + value, 0) / all.length]))
}

/** Which of the groups are better, in plain words. Nothing while runs stand alone. */
export function verdictsOf(runs: readonly ComparedRun[], groups: readonly CurveGroup[]): string[] {
  const several = groups.filter(({ runIds }) => runIds.length >= 2)
  if (several.length < 2 || several.length > MOST_GROUPS) return []
  return several.flatMap((a, index) => several.slice(index + 1).map((b) => pairedTestWords(a.name, b.name, pairedTest(bySeed(runs, a), bySeed(runs, b)))))
}

export interface GroupLine {
  readonly name: string
  readonly color: string
  readonly runs: number
  readonly mean: number | null
  readonly deviation: number | null
  readonly meanRate: number | null
}

/** Mean and standard deviation of accuracy, and mean rate, by group. */
export function groupLines(runs: readonly ComparedRun[], groups: readonly CurveGroup[]): GroupLine[] {
  return groups.map((group) => {
    const rows = runs.filter(({ id }) => group.runIds.includes(id)).flatMap(({ result }) => finalRow(result) ?? [])
    const mean = rows.length === 0 ? null : rows.reduce((sum, { top1 }) => sum + top1, 0) / rows.length
    const deviation = mean === null || rows.length < 2 ? null : Math.sqrt(rows.reduce((sum, { top1 }) => sum + (top1 - mean) ** 2, 0) / (rows.length - 1))
    const meanRate = rows.length === 0 ? null : rows.reduce((sum, { rate }) => sum + rate, 0) / rows.length
    return { name: group.name, color: group.color, runs: group.runIds.length, mean, deviation, meanRate }
  })
}

import type { ResultRow, RunResult } from '../entities'

/**
 * The row of the integer model that a run ended with: mixed precision where widths were learned, else the last of its uniform widths.
 * Null before there is one; what INT8 comes to at the start of learning is no end.
 */
export function finalRow(result: Pick<RunResult, 'rows' | 'targetRate'> | null): ResultRow | null {
  const mixed = result?.rows.find(({ kind }) => kind === 'mixed')
  if (mixed !== undefined || result === null) return mixed ?? null
  return result.targetRate === null ? (result.rows.findLast(({ kind }) => kind !== 'fp32') ?? null) : null
}

import type { SeriesColumns } from '../../contract/entities'
import type { Transaction } from '../database'
import { BUCKET_STEPS, bucketsOf, summariesOf } from '../metric-rollup'

const RUN = '(SELECT number FROM runs WHERE id = ?1)'

/** Of several series at once: `?2` is a list of [key, first step, step behind the last]. */
export const bucketsOfRangesSql = bucketsOf(`
  SELECT m.run, m.series, m.step, m.value FROM json_each(?2) AS one CROSS JOIN series AS s ON s.key = one.value ->> 0
  CROSS JOIN metrics AS m ON m.run = ${RUN} AND m.series = s.number AND m.step >= one.value ->> 1 AND m.step < one.value ->> 2`)
const bucketsFromSql = bucketsOf(
  `SELECT run, series, step, value FROM metrics WHERE run = ${RUN} AND series IN (SELECT number FROM series) AND step >= ?2`,
)

const SummarySql = `
  INSERT INTO metric_summaries (series, run, last, low, high)
  SELECT s.number, r.number,
    (SELECT value FROM metrics AS m WHERE m.run = r.number AND m.series = s.number ORDER BY step DESC LIMIT 1), one.value ->> 1, one.value ->> 2
  FROM json_each(?2) AS one JOIN series AS s ON s.key = one.value ->> 0 JOIN runs AS r ON r.id = ?1
  WHERE true
  ON CONFLICT (series, run) DO UPDATE SET last = excluded.last,
    low = coalesce(min(low, excluded.low), low, excluded.low), high = coalesce(max(high, excluded.high), high, excluded.high)`

/** Brings buckets and summaries up to date with points that were just added. */
export async function addToBuckets(transaction: Transaction, runId: string, series: readonly SeriesColumns[]): Promise<void> {
  const extremes: [string, number | null, number | null][] = []
  const ranges: [string, number, number][] = []
  for (const { key, steps, values } of series) {
    let [from, to] = [Infinity, -Infinity]
    for (const step of steps) [from, to] = [Math.min(from, step), Math.max(to, step)]
    if (from > to) continue
    let [low, high]: [number | null, number | null] = [null, null]
    for (const value of values) {
      if (value === null) continue
      low = low === null ? value : Math.min(low, value)
      high = high === null ? value : Math.max(high, value)
    }
    extremes.push([key, low, high])
    const [first, last] = [Math.floor(from / BUCKET_STEPS), Math.floor(to / BUCKET_STEPS)]
    ranges.push([key, first * BUCKET_STEPS, (last + 1) * BUCKET_STEPS])
  }
  await transaction.run(bucketsOfRangesSql, [runId, JSON.stringify(ranges)])
  await transaction.run(SummarySql, [runId, JSON.stringify(extremes)])
}

/** Computes anew what depends on points behind `step`, which were just deleted. */
export async function cutBuckets(transaction: Transaction, runId: string, step: number): Promise<void> {
  const bucket = Math.max(0, Math.floor(step / BUCKET_STEPS))
  await transaction.run(`DELETE FROM metric_buckets WHERE run = ${RUN} AND series IN (SELECT number FROM series) AND bucket >= ?2`, [runId, bucket])
  await transaction.run(bucketsFromSql, [runId, bucket * BUCKET_STEPS])
  await summarise(transaction, runId)
  await transaction.run('UPDATE runs SET frozen_step = NULL WHERE id = ?1 AND frozen_step > ?2', [runId, step])
  await noteFreeze(transaction, runId)
}

async function summarise(transaction: Transaction, runId: string): Promise<void> {
  await transaction.run(`DELETE FROM metric_summaries WHERE run = ${RUN}`, [runId])
  await transaction.run(summariesOf(`WHERE run = ${RUN}`), [runId])
}

/** Computes buckets and summaries of one run from all of its points. */
export async function rollUp(transaction: Transaction, runId: string): Promise<void> {
  await transaction.run(bucketsFromSql, [runId, 0])
  await summarise(transaction, runId)
  await noteFreeze(transaction, runId)
}

/** Keeps every metric's value at the step where bit-widths were frozen: its last point until then. */
export async function noteFreeze(transaction: Transaction, runId: string): Promise<void> {
  await transaction.run(
    `UPDATE metric_summaries AS s SET at_freeze =
       (SELECT value FROM metrics AS m WHERE m.run = s.run AND m.series = s.series AND m.step <= r.frozen_step ORDER BY m.step DESC LIMIT 1)
     FROM runs AS r WHERE r.id = ?1 AND s.run = r.number AND r.frozen_step IS NOT NULL`,
    [runId],
  )
}

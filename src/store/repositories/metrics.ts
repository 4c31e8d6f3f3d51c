import { z } from 'zod'
import type { SeriesColumns } from '../../contract/entities'
import type { Reader, Transaction } from '../database'
import { BUCKET_STEPS } from '../metric-rollup'
import { addToBuckets, cutBuckets } from './metric-buckets'

/** Steps from and to which a curve is wanted, both included. */
export interface StepRange {
  readonly from: number
  readonly to: number
}

export interface MetricRepository {
  /** Adds points of one run; a point that is there already is replaced. */
  append(transaction: Transaction, runId: string, series: readonly SeriesColumns[]): Promise<void>
  /**
   * One entry per key that has points, ordered by step. A series longer than `maxPoints` is cut into equal ranges of steps
   * of which the smallest, the largest and the last point are kept, so that no spike vanishes. Values have 15 significant digits.
   */
  read(runId: string, keys: readonly string[], maxPoints: number, range?: StepRange | null): Promise<SeriesColumns[]>
  /** The values of one series at these steps; a step without a number is absent. */
  valuesAt(runId: string, key: string, steps: readonly number[]): Promise<Map<number, number>>
  /** The next points of one series behind a step, in order and with all digits. */
  page(runId: string, key: string, after: number, limit: number): Promise<SeriesColumns>
  /** Names of the series that have points. */
  keys(runId: string): Promise<string[]>
  /** Deletes the points behind `step` (all with -1). */
  deleteAfter(transaction: Transaction, runId: string, step: number): Promise<void>
}

const AppendSql = `
  INSERT INTO metrics (run, series, step, value)
  SELECT r.number, s.number, point.value ->> 1, point.value ->> 2
  FROM json_each(?2) AS point JOIN series AS s ON s.key = point.value ->> 0 JOIN runs AS r ON r.id = ?1
  WHERE true
  ON CONFLICT (run, series, step) DO UPDATE SET value = excluded.value`

/** A long curve is read from its buckets; below so many points from the points themselves. */
const FINE_POINTS = 80_000

const OF_SERIES = 'WHERE run = (SELECT number FROM runs WHERE id = ?1) AND series = (SELECT number FROM series WHERE key = ?2)'

/** Points, first and last step between two steps; counted by buckets, so that it is a few too many at the edges. */
export const metricBoundsSql = `
  SELECT
    (SELECT sum(count) FROM metric_buckets ${OF_SERIES} AND bucket BETWEEN CAST(?3 / ${BUCKET_STEPS} AS INTEGER) AND CAST(?4 / ${BUCKET_STEPS} AS INTEGER)) AS count,
    (SELECT step FROM metrics ${OF_SERIES} AND step BETWEEN ?3 AND ?4 ORDER BY step LIMIT 1) AS low,
    (SELECT step FROM metrics ${OF_SERIES} AND step BETWEEN ?3 AND ?4 ORDER BY step DESC LIMIT 1) AS high`

const COLUMNS = 'json_group_array(step ORDER BY step) AS steps, json_group_array(value ORDER BY step) AS "values"'

export const metricPointsSql = `SELECT ${COLUMNS} FROM metrics ${OF_SERIES} AND step BETWEEN ?3 AND ?4`

export const metricPageSql = `SELECT step, value FROM metrics ${OF_SERIES} AND step > ?3 ORDER BY step LIMIT ?4`

export const metricValuesSql = `SELECT step, value FROM metrics ${OF_SERIES} AND step IN (SELECT value FROM json_each(?3)) AND value IS NOT NULL`

// With min() or max(), SQLite takes the bare columns of a group from the row that has the extreme.
const thinned = (points: string): string => `
  WITH found AS (${points}),
  points AS MATERIALIZED (SELECT CAST((step - ?3) * ?5 / ?6 AS INTEGER) AS bucket, step, value FROM found),
  kept AS (
    SELECT step, value FROM (SELECT bucket, step, min(value) AS value FROM points GROUP BY bucket)
    UNION SELECT step, value FROM (SELECT bucket, step, max(value) AS value FROM points GROUP BY bucket)
    UNION SELECT step, value FROM (SELECT bucket, max(step) AS step, value FROM points GROUP BY bucket)
  )
  SELECT ${COLUMNS} FROM kept`

export const metricBucketsSql = thinned(`SELECT step, value FROM metrics ${OF_SERIES} AND step BETWEEN ?3 AND ?4`)

const IN_BUCKETS = `FROM metric_buckets ${OF_SERIES} AND bucket BETWEEN CAST(?3 / ${BUCKET_STEPS} AS INTEGER) AND CAST(?4 / ${BUCKET_STEPS} AS INTEGER)`
export const metricCoarseSql = thinned(`
  SELECT step, value FROM (
    SELECT low_step AS step, low AS value ${IN_BUCKETS}
    UNION ALL SELECT high_step, high ${IN_BUCKETS}
    UNION ALL SELECT last_step, last ${IN_BUCKETS}
  ) WHERE step BETWEEN ?3 AND ?4`)

const BoundsRow = z.object({ count: z.int().nullable(), low: z.number().nullable(), high: z.number().nullable() })
const Numbers = z.string().transform((text) => z.array(z.number().nullable()).parse(JSON.parse(text)))
const ValueRow = z.object({ step: z.number(), value: z.number() })
const PageRow = z.object({ step: z.number(), value: z.number().nullable() })
const ColumnsRow = z.object({ steps: Numbers.pipe(z.array(z.number())), values: Numbers })

export function createMetricRepository(reader: Reader): MetricRepository {
  const readOne = async (runId: string, key: string, maxPoints: number, range: StepRange): Promise<SeriesColumns | null> => {
    const { count, low, high } = BoundsRow.parse(await reader.get(metricBoundsSql, [runId, key, range.from, range.to]))
    if (count === null || low === null || high === null) return null
    const buckets = Math.max(1, Math.floor(maxPoints / 3))
    // The last step must fall into the last bucket, hence a span just beyond it.
    const span = (high - low) * (1 + 1e-12) + 1e-9
    const row =
      count <= maxPoints
        ? await reader.get(metricPointsSql, [runId, key, low, high])
        : await reader.get(count <= FINE_POINTS ? metricBucketsSql : metricCoarseSql, [runId, key, low, high, buckets, span])
    return { key, ...ColumnsRow.parse(row) }
  }
  return {
    async append(transaction, runId, series) {
      const points = series.flatMap(({ key, steps, values }) => steps.map((step, index) => [key, step, values[index] ?? null]))
      if (points.length === 0) return
      await transaction.run('INSERT INTO series (key) SELECT value FROM json_each(?) WHERE true ON CONFLICT (key) DO NOTHING', [
        JSON.stringify(series.map(({ key }) => key)),
      ])
      await transaction.run(AppendSql, [runId, JSON.stringify(points)])
      await addToBuckets(transaction, runId, series)
    },
    async keys(runId) {
      const rows = await reader.all(
        'SELECT key FROM series AS s JOIN metric_summaries AS m ON m.series = s.number WHERE m.run = (SELECT number FROM runs WHERE id = ?) ORDER BY key',
        [runId],
      )
      return rows.map((row) => String(row['key']))
    },
    async read(runId, keys, maxPoints, range = null) {
      const within = range ?? { from: 0, to: Number.MAX_SAFE_INTEGER }
      const found = await Promise.all([...new Set(keys)].map((key) => readOne(runId, key, maxPoints, within)))
      return found.filter((series) => series !== null)
    },
    async page(runId, key, after, limit) {
      const rows = z.array(PageRow).parse(await reader.all(metricPageSql, [runId, key, after, limit]))
      return { key, steps: rows.map(({ step }) => step), values: rows.map(({ value }) => value) }
    },
    async valuesAt(runId, key, steps) {
      const rows = z.array(ValueRow).parse(await reader.all(metricValuesSql, [runId, key, JSON.stringify(steps)]))
      return new Map(rows.map(({ step, value }) => [step, value]))
    },
    async deleteAfter(transaction, runId, step) {
      await transaction.run(
        'DELETE FROM metrics WHERE run = (SELECT number FROM runs WHERE id = ?1) AND series IN (SELECT number FROM series) AND step > ?2',
        [runId, step],
      )
      await cutBuckets(transaction, runId, step)
    },
  }
}

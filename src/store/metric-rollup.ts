/** Steps that one coarse bucket of a long curve covers. */
export const BUCKET_STEPS = 256

const BUCKET = `CAST(step / ${BUCKET_STEPS} AS INTEGER)`

/**
 * Buckets of the points that a query gives as (run, series, step, value).
 * With min() or max(), SQLite takes the bare columns of a group from the row that has the extreme.
 */
export const bucketsOf = (points: string): string => `
  INSERT OR REPLACE INTO metric_buckets (run, series, bucket, count, low, low_step, high, high_step, last, last_step)
  WITH points AS MATERIALIZED (SELECT run, series, ${BUCKET} AS bucket, step, value FROM (${points}))
  SELECT newest.run, newest.series, newest.bucket, newest.count, lowest.value, lowest.step, highest.value, highest.step, newest.value, newest.step
  FROM (SELECT run, series, bucket, count(*) AS count, max(step) AS step, value FROM points GROUP BY 1, 2, 3) AS newest
  JOIN (SELECT run, series, bucket, min(value) AS value, step FROM points GROUP BY 1, 2, 3) AS lowest USING (run, series, bucket)
  JOIN (SELECT run, series, bucket, max(value) AS value, step FROM points GROUP BY 1, 2, 3) AS highest USING (run, series, bucket)`

/** Last, smallest and largest value of each series, from its buckets. */
export const summariesOf = (which: string): string => `
  INSERT OR REPLACE INTO metric_summaries (series, run, last, low, high)
  SELECT series, run, (SELECT last FROM metric_buckets AS n WHERE n.run = b.run AND n.series = b.series ORDER BY n.bucket DESC LIMIT 1), min(low), max(high)
  FROM metric_buckets AS b ${which} GROUP BY run, series`

export const ALL_BUCKETS_SQL = bucketsOf('SELECT run, series, step, value FROM metrics')
export const ALL_SUMMARIES_SQL = summariesOf('')

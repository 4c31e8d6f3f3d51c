export interface FaultRow {
  readonly fault: string
  tried: number
  lostRows: number
  lostCheckpoints: number
  readonly recoveryMs: number[]
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const seconds = (ms: number): string => (Number.isNaN(ms) ? '' : `${(ms / 1000).toFixed(1)} s`)

/** One line a fault, with totals. Recovery: median and longest time from the new start to the first new point. */
export function faultTable(rows: readonly FaultRow[]): string {
  const total = {
    fault: 'all',
    tried: rows.reduce((sum, { tried }) => sum + tried, 0),
    lostRows: rows.reduce((sum, { lostRows }) => sum + lostRows, 0),
    lostCheckpoints: rows.reduce((sum, { lostCheckpoints }) => sum + lostCheckpoints, 0),
    recoveryMs: rows.flatMap(({ recoveryMs }) => recoveryMs),
  }
  const cells = [...rows, total].map(({ fault, tried, lostRows, lostCheckpoints, recoveryMs }) => [
    fault,
    String(tried),
    String(lostRows),
    String(lostCheckpoints),
    recoveryMs.length === 0 ? '' : `${seconds(median(recoveryMs))} (longest ${seconds(Math.max(...recoveryMs))})`,
  ])
  const table = [['fault', 'tried', 'lost rows', 'lost checkpoints', 'recovery'], ...cells]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return (
    table
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  )
}

import type { Points } from './decimate'

/** x column and one y column per series; `undefined` where a series has no point at that x (a line is drawn across). */
export interface AlignedColumns {
  readonly x: Float64Array
  readonly ys: readonly (readonly (number | null | undefined)[])[]
}

/** Joins curves with different steps on their union of steps. Every input is ordered by step. */
export function alignSeries(series: readonly Points[]): AlignedColumns {
  const total = series.reduce((sum, { steps }) => sum + steps.length, 0)
  const x = new Float64Array(total)
  const cursors = series.map(() => 0)
  const ys: (number | null | undefined)[][] = series.map(() => [])
  let rows = 0
  for (;;) {
    let next = Number.POSITIVE_INFINITY
    series.forEach(({ steps }, index) => {
      const step = steps[cursors[index] ?? 0]
      if (step !== undefined && step < next) next = step
    })
    if (next === Number.POSITIVE_INFINITY) break
    x[rows] = next
    series.forEach(({ steps, values }, index) => {
      const cursor = cursors[index] ?? 0
      if (steps[cursor] !== next) {
        ys[index]?.push(undefined)
        return
      }
      const value = values[cursor]
      ys[index]?.push(value === undefined || Number.isNaN(value) ? null : value)
      cursors[index] = cursor + 1
    })
    rows += 1
  }
  return { x: x.slice(0, rows), ys }
}

import type { ChartSeries } from './chart-series'

/** One drawn line: the recorded points of a series, or their moving average. */
export interface ChartLine {
  readonly series: ChartSeries
  readonly look: 'plain' | 'ghost' | 'smooth'
}

/** What is drawn, from the lowest to the topmost. A smoothed series is a pale line of its points below the line of its average. */
export function chartLines(series: readonly ChartSeries[], smoothing: boolean): ChartLine[] {
  const ordered = [...series.filter((one) => one.under === true), ...series.filter((one) => one.under !== true)]
  const ghosts: ChartLine[] = []
  const lines: ChartLine[] = []
  for (const one of ordered) {
    if (!smoothing || one.noisy !== true) lines.push({ series: one, look: 'plain' })
    else {
      ghosts.push({ series: one, look: 'ghost' })
      lines.push({ series: one, look: 'smooth' })
    }
  }
  return [...ghosts, ...lines]
}

import type uPlot from 'uplot'
import { drawMarkLabels, drawMarkLines } from './chart-marks'
import type { ChartLine } from './chart-lines'
import type { ChartMark, ChartTarget } from './chart-series'
import { wheelAndPan } from './chart-zoom'

export interface ChartLook {
  readonly lines: readonly ChartLine[]
  readonly marks: () => readonly ChartMark[]
  readonly target: () => ChartTarget | null
  /** A token as a colour that canvas understands. */
  readonly color: (token: string) => string
  /** Place in the columns, and pixels from the left and from the top. */
  readonly onCursor: (index: number | null, left: number, top: number) => void
  /** Null when the whole x axis is on screen again. */
  readonly onRange: (range: { from: number; to: number } | null) => void
  readonly logX: boolean
  readonly logY: boolean
  readonly formatX: (x: number) => string
}

const FONT = '11px system-ui, sans-serif'

/** uPlot's options for a chart over steps: thin grid, no legend (ours is HTML), drag to zoom, double click to see everything again. */
export function chartOptions(look: ChartLook, width: number, height: number): uPlot.Options {
  const axis = { stroke: look.color('--chart-axis'), font: FONT, grid: { stroke: look.color('--chart-grid'), width: 1 }, ticks: { show: false } }
  const marks = {
    marks: look.marks,
    target: look.target,
    line: look.color('--chart-target'),
    text: look.color('--chart-axis'),
    halo: look.color('--surface-panel'),
  }
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 24, 0, 0],
    cursor: { y: false, drag: { x: true, y: false, setScale: true }, points: { size: 6 }, sync: { key: 'run-charts', setSeries: false } },
    scales: {
      x: { time: false, distr: look.logX ? 3 : 1 },
      y: look.logY ? { distr: 3 } : { range: (_, low, high) => paddedRange(low, high, look.target()?.value ?? null) },
    },
    axes: [
      { ...axis, size: 24, gap: 4, values: (_, splits) => splits.map((split) => (split === null ? '' : look.formatX(split))) },
      {
        ...axis,
        size: 48,
        gap: 6,
        space: 28,
        values: (_, splits) => (look.logY ? splits.map((split) => (split === null ? '' : powerLabel(split))) : axisLabels(splits)),
      },
    ],
    series: [
      {},
      ...look.lines.map(({ series, look: kind }): uPlot.Series => ({
        label: series.label,
        stroke: look.color(series.color),
        width: series.edgeOf !== undefined ? 0 : kind === 'ghost' ? 1 : 1.5,
        alpha: kind === 'ghost' ? 0.22 : 1,
        ...(series.dash === undefined || kind === 'ghost' ? {} : { dash: [...series.dash] }),
        points: { show: series.dots === true && series.edgeOf === undefined, size: 5, fill: look.color(series.color) },
      })),
    ],
    bands: bandsOf(look),
    hooks: {
      // Above the grid and below the curves; the words above everything.
      drawAxes: [(chart) => drawMarkLines(chart, marks)],
      draw: [(chart) => drawMarkLabels(chart, marks)],
      setCursor: [(chart) => look.onCursor(chart.cursor.idx ?? null, chart.cursor.left ?? -1, chart.cursor.top ?? 0)],
      setScale: [(chart, scale) => scale === 'x' && look.onRange(rangeOf(chart))],
    },
    plugins: [wheelAndPan()],
  }
}

function paddedRange(low: number | null, high: number | null, target: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  const bottom = target === null ? low : Math.min(low, target)
  const top = target === null ? high : Math.max(high, target)
  const room = (top - bottom || Math.abs(top) || 1) * 0.06
  return [bottom >= 0 && bottom - room < 0 ? 0 : bottom - room, top + room]
}

/** The area between the two edges of each band, upper edge first. */
function bandsOf({ lines, color }: ChartLook): uPlot.Band[] {
  const edges = new Map<string, number[]>()
  lines.forEach(({ series }, index) => {
    if (series.edgeOf !== undefined) edges.set(series.edgeOf, [...(edges.get(series.edgeOf) ?? []), index + 1])
  })
  return [...edges].flatMap(([key, [upper, lower]]) => {
    const owner = lines.find(({ series }) => series.key === key)
    if (upper === undefined || lower === undefined || owner === undefined) return []
    return [{ series: [upper, lower], fill: withAlpha(color(owner.series.color), 0.16) }]
  })
}

const withAlpha = (color: string, alpha: number): string => `color-mix(in srgb, ${color} ${alpha * 100}%, transparent)`

/** What of the x axis is on screen, or null when it is all that there is. */
function rangeOf(chart: uPlot): { from: number; to: number } | null {
  const { min, max } = chart.scales['x'] ?? {}
  const all = chart.data[0]
  const [first, last] = [all[0], all[all.length - 1]]
  if (min === undefined || max === undefined || min === null || max === null || first === undefined || last === undefined) return null
  return min <= first && max >= last ? null : { from: min, to: max }
}

const powerLabel = (value: number): string => (value >= 0.001 && value < 100_000 ? String(Number(value.toPrecision(3))) : value.toExponential(0))

/** All labels of an axis with just the digits that its spacing needs. */
export function axisLabels(splits: readonly number[]): string[] {
  const gap = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)) || 1
  const largest = Math.max(...splits.map(Math.abs))
  if (largest >= 1e6 || (largest < 1e-3 && largest > 0)) return splits.map((split) => (split === 0 ? '0' : split.toExponential(1)))
  let digits = 0
  while (digits < 6 && Math.abs(gap * 10 ** digits - Math.round(gap * 10 ** digits)) > 1e-6) digits += 1
  return splits.map((split) => split.toFixed(digits))
}

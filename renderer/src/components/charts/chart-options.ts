import type uPlot from 'uplot'
import { formatCount } from '../../format/numbers'
import type { ChartMark, ChartSeries, ChartTarget } from './chart-series'

export interface ChartLook {
  readonly series: readonly ChartSeries[]
  readonly format: (value: number | null) => string
  readonly marks: () => readonly ChartMark[]
  readonly target: () => ChartTarget | null
  /** A token as a colour that canvas understands. */
  readonly color: (token: string) => string
  readonly onCursor: (index: number | null, left: number) => void
  readonly onZoom: (zoomed: boolean) => void
}

const FONT = '11px system-ui, sans-serif'

/** uPlot's options for a chart over steps: thin grid, no legend (ours is HTML), drag to zoom, double click to see everything again. */
export function chartOptions(look: ChartLook, width: number, height: number): uPlot.Options {
  const axis = { stroke: look.color('--chart-axis'), font: FONT, grid: { stroke: look.color('--chart-grid'), width: 1 }, ticks: { show: false } }
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 10, 0, 0],
    cursor: { y: false, drag: { x: true, y: false, setScale: true }, points: { size: 6 }, sync: { key: 'run-charts', setSeries: false } },
    scales: { x: { time: false }, y: { range: (_, low, high) => paddedRange(low, high, look.target()?.value ?? null) } },
    axes: [
      { ...axis, size: 24, gap: 4, values: (_, splits) => splits.map((split) => (Number.isInteger(split) ? shortStep(split) : '')) },
      { ...axis, size: 48, gap: 6, space: 28, values: (_, splits) => axisLabels(splits) },
    ],
    series: [
      {},
      ...look.series.map((one): uPlot.Series => ({
        label: one.label,
        stroke: look.color(one.color),
        width: 1.5,
        ...(one.dash === undefined ? {} : { dash: [...one.dash] }),
        points: { show: one.dots === true, size: 5, fill: look.color(one.color) },
        value: (_, value) => look.format(value),
      })),
    ],
    hooks: {
      drawClear: [(chart) => drawMarks(chart, look)],
      setCursor: [(chart) => look.onCursor(chart.cursor.idx ?? null, chart.cursor.left ?? -1)],
      setSelect: [(chart) => look.onZoom(chart.select.width > 0)],
    },
  }
}

function paddedRange(low: number, high: number, target: number | null): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low === null) return [0, 1]
  const bottom = target === null ? low : Math.min(low, target)
  const top = target === null ? high : Math.max(high, target)
  const room = (top - bottom || Math.abs(top) || 1) * 0.06
  return [bottom >= 0 && bottom - room < 0 ? 0 : bottom - room, top + room]
}

function shortStep(step: number): string {
  return step >= 10_000 ? `${formatCount(step / 1000)}k` : formatCount(step)
}

/** All labels of an axis with the digits that tell its lines apart. */
export function axisLabels(splits: readonly number[]): string[] {
  const gap = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)) || 1
  const largest = Math.max(...splits.map(Math.abs))
  if (largest >= 1e6 || (largest < 1e-3 && largest > 0)) return splits.map((split) => (split === 0 ? '0' : split.toExponential(1)))
  const digits = Math.min(5, Math.max(0, Math.ceil(-Math.log10(gap) - 1e-9)))
  return splits.map((split) => split.toFixed(digits))
}

function drawMarks(chart: uPlot, look: ChartLook): void {
  const { ctx, bbox } = chart
  const ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.font = `${10.5 * ratio}px system-ui, sans-serif`
  ctx.lineWidth = ratio
  ctx.strokeStyle = look.color('--chart-target')
  ctx.fillStyle = look.color('--chart-axis')
  let labelEnd = -1
  for (const mark of look.marks()) {
    const x = Math.round(chart.valToPos(mark.step, 'x', true)) + ratio / 2
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    line(ctx, x, bbox.top, x, bbox.top + bbox.height, [2 * ratio, 3 * ratio])
    const width = ctx.measureText(mark.label).width
    // A label that would leave the chart stands left of its line; one that would hit the label before it is left out.
    const left = x + 4 * ratio + width > bbox.left + bbox.width ? x - 4 * ratio - width : x + 4 * ratio
    if (left > labelEnd) {
      ctx.fillText(mark.label, left, bbox.top + 11 * ratio)
      labelEnd = left + width
    }
  }
  const target = look.target()
  if (target !== null) {
    const y = Math.round(chart.valToPos(target.value, 'y', true)) + ratio / 2
    line(ctx, bbox.left, y, bbox.left + bbox.width, y, [6 * ratio, 4 * ratio])
    ctx.textAlign = 'right'
    ctx.fillText(target.label, bbox.left + bbox.width - 4 * ratio, y + (y - bbox.top > bbox.height / 2 ? -4 : 12) * ratio)
  }
  ctx.restore()
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number, dash: number[]): void {
  ctx.setLineDash(dash)
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.stroke()
  ctx.setLineDash([])
}

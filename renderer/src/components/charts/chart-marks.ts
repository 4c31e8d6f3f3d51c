import type uPlot from 'uplot'
import type { ChartMark, ChartTarget } from './chart-series'

export interface MarkLook {
  readonly marks: () => readonly ChartMark[]
  readonly target: () => ChartTarget | null
  readonly line: string
  readonly text: string
  readonly halo: string
}

/** Upright lines at moments and a level line at the target. */
export function drawMarkLines(chart: uPlot, look: MarkLook): void {
  within(chart, (ctx, ratio) => {
    const { left, top, width, height } = chart.bbox
    ctx.lineWidth = ratio
    ctx.strokeStyle = look.line
    for (const mark of look.marks()) {
      const x = Math.round(chart.valToPos(mark.step, 'x', true)) + ratio / 2
      if (x > left && x < left + width) stroke(ctx, x, top, x, top + height, [2 * ratio, 3 * ratio])
    }
    const target = look.target()
    if (target === null) return
    const y = Math.round(chart.valToPos(target.value, 'y', true)) + ratio / 2
    stroke(ctx, left, y, left + width, y, [6 * ratio, 4 * ratio])
  })
}

/** Their words, with a halo so that curves below do not disturb them. */
export function drawMarkLabels(chart: uPlot, look: MarkLook): void {
  within(chart, (ctx, ratio) => {
    const { left, top, width, height } = chart.bbox
    ctx.font = `${10.5 * ratio}px system-ui, sans-serif`
    ctx.textBaseline = 'alphabetic'
    ctx.textAlign = 'left'
    const write = (text: string, x: number, y: number): void => {
      ctx.lineWidth = 4 * ratio
      ctx.lineJoin = 'round'
      ctx.strokeStyle = look.halo
      ctx.strokeText(text, x, y)
      ctx.fillStyle = look.text
      ctx.fillText(text, x, y)
    }
    let end = -1
    for (const mark of look.marks()) {
      const x = chart.valToPos(mark.step, 'x', true)
      if (x <= left || x >= left + width) continue
      const wide = ctx.measureText(mark.label).width
      // A word that would leave the chart stands left of its line; one that would hit the word before it is left out.
      const at = x + 5 * ratio + wide > left + width ? x - 5 * ratio - wide : x + 5 * ratio
      if (at <= end) continue
      write(mark.label, at, top + 11 * ratio)
      end = at + wide
    }
    const target = look.target()
    if (target === null) return
    const y = chart.valToPos(target.value, 'y', true)
    write(target.label, left + 6 * ratio, y > top + height / 2 ? y - 5 * ratio : y + 13 * ratio)
  })
}

function within(chart: uPlot, draw: (ctx: CanvasRenderingContext2D, ratio: number) => void): void {
  const { ctx, bbox } = chart
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  draw(ctx, devicePixelRatio)
  ctx.restore()
}

function stroke(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number, dash: number[]): void {
  ctx.setLineDash(dash)
  ctx.beginPath()
  ctx.moveTo(x0, y0)
  ctx.lineTo(x1, y1)
  ctx.stroke()
  ctx.setLineDash([])
}

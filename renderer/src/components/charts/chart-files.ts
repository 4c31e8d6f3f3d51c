import { alignSeries } from '../../live/align-series'
import type { ChartSeries } from './chart-series'

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The recorded points of a chart, one line for each x; empty where a series has none. */
export function chartCsv(series: readonly ChartSeries[], xLabel: string): string {
  const { x, ys } = alignSeries(series.map((one) => one.points))
  const lines = [[xLabel, ...series.map((one) => one.label)].map(cell).join(',')]
  for (let index = 0; index < x.length; index += 1) lines.push([x[index], ...ys.map((column) => column[index] ?? '')].join(','))
  return `${lines.join('\n')}\n`
}

export interface SvgLook {
  readonly title: string
  readonly xLabel: string
  readonly logX: boolean
  readonly logY: boolean
  /** Colour of a token, and of text. */
  readonly color: (token: string) => string
  readonly formatX: (x: number) => string
  readonly format: (value: number) => string
}

const WIDTH = 720
const HEIGHT = 400
const PLOT = { left: 64, top: 44, right: 704, bottom: 350 }
const TICKS = 5
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A place on paper for a number, straight or by its logarithm, and numbers at even distances. */
function scaleOf(values: readonly number[], log: boolean, from: number, to: number): { at: (value: number) => number; ticks: number[] } {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0))
  const bend = (value: number): number => (log ? Math.log10(value) : value)
  let [low, high] = [Infinity, -Infinity]
  for (const value of usable) [low, high] = [Math.min(low, bend(value)), Math.max(high, bend(value))]
  if (low > high) [low, high] = [0, 1]
  if (low === high) high = low + 1
  const at = (value: number): number => from + ((bend(value) - low) / (high - low)) * (to - from)
  const ticks = Array.from({ length: TICKS }, (_, index) => low + ((high - low) * index) / (TICKS - 1)).map((value) => (log ? 10 ** value : value))
  return { at, ticks }
}

/** The chart as a drawing that needs nothing else: for papers and slides. */
export function chartSvg(series: readonly ChartSeries[], look: SvgLook): string {
  const x = scaleOf(series.flatMap(({ points }) => [points.steps[0] ?? Number.NaN, points.steps[points.steps.length - 1] ?? Number.NaN]), look.logX, PLOT.left, PLOT.right)
  const y = scaleOf(series.flatMap(({ points }) => [...points.values]), look.logY, PLOT.bottom, PLOT.top)
  const text = look.color('--text')
  const grid = look.color('--chart-grid')
  const parts: string[] = []
  for (const tick of y.ticks)
    parts.push(
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y.at(tick).toFixed(1)}" y2="${y.at(tick).toFixed(1)}" stroke="${grid}"/>`,
      `<text x="${PLOT.left - 8}" y="${(y.at(tick) + 4).toFixed(1)}" text-anchor="end">${escape(look.format(tick))}</text>`,
    )
  for (const tick of x.ticks) parts.push(`<text x="${x.at(tick).toFixed(1)}" y="${PLOT.bottom + 20}" text-anchor="middle">${escape(look.formatX(tick))}</text>`)
  series.forEach((one, index) => {
    let path = ''
    let pen = 'M'
    one.points.values.forEach((value, at) => {
      const step = one.points.steps[at] ?? Number.NaN
      if (!Number.isFinite(value) || (look.logY && value <= 0) || (look.logX && step <= 0)) return void (pen = 'M')
      path += `${pen}${x.at(step).toFixed(1)} ${y.at(value).toFixed(1)}`
      pen = 'L'
    })
    const color = look.color(one.color)
    parts.push(`<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"${one.dash === undefined ? '' : ` stroke-dasharray="${one.dash.join(' ')}"`}/>`)
    parts.push(`<rect x="${PLOT.left + index * 150}" y="27" width="12" height="3" fill="${color}"/><text x="${PLOT.left + 18 + index * 150}" y="33">${escape(one.label)}</text>`)
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="11" fill="${text}">
<rect width="100%" height="100%" fill="${look.color('--surface-panel')}"/>
<text x="${PLOT.left}" y="18" font-size="13" font-weight="600">${escape(look.title)}</text>
${parts.join('\n')}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escape(look.xLabel)}</text>
</svg>
`
}

/** Hands a text to the person as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name.replaceAll(/[^\w.-]+/g, '-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

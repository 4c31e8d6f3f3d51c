import type { Comparison } from '../../../../src/contract/comparison'
import type { CellChange } from '../../../../src/contract/confusion/difference'
import { formatBitsAsKilobytes, formatChange, formatCount, formatPercent, formatRate } from '../../format/numbers'
import { RESULT_WORDS } from '../../format/run-words'
import type { ConfusionDifferenceModel } from './use-confusion-difference'

export interface ConfusionPart {
  readonly from: string
  readonly to: string
  readonly classNames: readonly string[]
  readonly changes: readonly CellChange[]
}

const MOST_CHANGES = 100

/** The part of a page for what is shown; null where there is none. */
export function confusionPart({ names, matrices, changes }: ConfusionDifferenceModel): ConfusionPart | null {
  return matrices.value === null || changes.value === null ? null : { ...names.value, classNames: matrices.value.before.classNames, changes: changes.value }
}

export interface PageParts {
  readonly title: string
  readonly comparison: Comparison
  readonly names: readonly string[]
  readonly verdicts: readonly string[]
  /** Drawings as SVG texts, with their titles. */
  readonly drawings: readonly { readonly title: string; readonly svg: string }[]
  /** What changed from one model's confusion to another's; null where nothing is compared. */
  readonly confusion: ConfusionPart | null
  readonly madeAt: string
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const row = (cells: readonly string[], tag = 'td'): string => `<tr>${cells.map((cell, index) => (index === 0 ? `<th scope="row">${cell}</th>` : `<${tag}>${cell}</${tag}>`)).join('')}</tr>`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll"><table><thead>${row(head.map(escape), 'th')}</thead><tbody>${rows.map((cells) => row(cells.map(escape))).join('')}</tbody></table></div>`

function changesTable({ classNames, changes }: ConfusionPart): string {
  if (changes.length === 0) return '<p>No cell differs.</p>'
  const name = (label: number): string => classNames[label] ?? String(label)
  const lines = changes
    .slice(0, MOST_CHANGES)
    .map((one) => [name(one.actual), name(one.predicted), formatCount(one.before), formatCount(one.after), `${formatChange(one.change)} ${one.better ? 'better' : 'worse'}`])
  const rest = changes.length > lines.length ? `<p class="muted">${formatCount(lines.length)} of ${formatCount(changes.length)} cells that changed.</p>` : ''
  return table(['Actual', 'Taken for', 'Before', 'After', 'Change'], lines) + rest
}

/** The comparison as one file that needs no other: no script, no address, nothing to load. */
export function comparisonPage({ title, comparison, names, verdicts, drawings, confusion, madeAt }: PageParts): string {
  const { runs, config, layers } = comparison
  const results = runs.flatMap((run, index) =>
    (run.result?.rows ?? []).map((line) => [`${names[index] ?? run.name}`, RESULT_WORDS[line.kind], formatPercent(line.top1), formatPercent(line.top5), formatBitsAsKilobytes(line.sizeBits), formatRate(line.rate), line.note]),
  )
  const differing = config.filter(({ differs }) => differs)
  const bits = (value: number | null): string => (value === null ? '–' : Number.isInteger(value) ? String(value) : value.toFixed(2))
  const section = (heading: string, content: string): string => `<section><h2>${escape(heading)}</h2>${content}</section>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light; font: 14px/1.5 system-ui, sans-serif; color: #1a1e24 }
body { max-width: 1100px; margin: 32px auto; padding: 0 20px }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 16px; margin: 32px 0 8px } p { margin: 6px 0 }
.muted { color: #555e69 } .scroll { overflow-x: auto } table { border-collapse: collapse; font-size: 13px }
th, td { padding: 3px 12px; border-bottom: 1px solid #dde1e6; text-align: left; white-space: nowrap; font-variant-numeric: tabular-nums }
thead th { color: #555e69; font-size: 12px } tbody th { font-weight: 600 } svg { max-width: 100%; height: auto }
</style></head><body>
<h1>${escape(title)}</h1><p class="muted">${runs.length} runs, compared with FracBits Studio on ${escape(madeAt)}.</p>
${verdicts.map((words) => `<p>${escape(words)}</p>`).join('')}
${section('Results', table(['Run', 'Model', 'Top-1', 'Top-5', 'Size', 'Rate', ''], results))}
${drawings.map((drawing) => section(drawing.title, drawing.svg)).join('\n')}
${section('Configurations where they differ', differing.length === 0 ? '<p>They are the same.</p>' : table(['Key', ...names], differing.map(({ key, values }) => [key, ...values.map((value) => String(value ?? '–'))])))}
${section('Bit-widths of the weights', table(['Layer', ...names], layers.filter(({ kind }) => kind === 'weight').map((layer) => [layer.layer, ...layer.bits.map(bits)])))}
${confusion === null ? '' : section(`Confusion, from ${confusion.from} to ${confusion.to}`, changesTable(confusion))}
</body></html>
`
}

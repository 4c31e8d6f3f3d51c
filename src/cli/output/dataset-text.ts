import type { ChannelStatistics, DatasetFinding, DatasetImage, DatasetSplit, DatasetSummary } from '../../contract/dataset-entities'
import type { DatasetEvaluation } from '../../contract/predictions'
import { formatBytes, formatCount, formatPercent, formatTime } from './format'
import { hint } from './hint'
import { oneLine } from './one-line'
import { renderTable } from './table'

const PHASES = { listing: 'listing files', reading: 'reading images', comparing: 'comparing images' } as const

export function indexLine({ phase, done, total, perSecond }: NonNullable<DatasetSummary['progress']>): string {
  if (phase === 'listing') return `${PHASES.listing}: ${formatCount(done)}`
  if (phase === 'comparing') return PHASES.comparing
  return `${PHASES.reading}: ${formatCount(done)} of ${formatCount(total)}, ${formatCount(perSecond)} a second`
}

export function datasetTable(datasets: readonly DatasetSummary[]): string {
  return renderTable(
    [{ title: 'id' }, { title: 'name' }, { title: 'layout' }, { title: 'status' }, { title: 'images', align: 'right' }, { title: 'classes', align: 'right' }, { title: 'troubled', align: 'right' }, { title: 'excluded', align: 'right' }, { title: 'folder' }],
    datasets.map((d) => [
      d.id,
      oneLine(d.name),
      d.layout,
      d.available ? d.status : 'moved away',
      formatCount(d.images),
      formatCount(d.classes),
      formatCount(d.troubled),
      formatCount(d.excluded),
      oneLine(d.folder),
    ]),
  )
}

const numbers = ({ mean, std }: ChannelStatistics): string => `mean ${mean.map((value) => value.toFixed(4)).join(' ')}, deviation ${std.map((value) => value.toFixed(4)).join(' ')}`

export function datasetLines(d: DatasetSummary): string {
  const splits = (['train', 'validation', 'all'] as const).filter((split) => d.splitCounts[split] > 0).map((split) => `${split} ${formatCount(d.splitCounts[split])}`)
  const rows: (readonly [string, string])[] = [
    ['data set', `${oneLine(d.name)} (${d.id})`],
    ['folder', `${oneLine(d.folder)}${d.available ? '' : '  (not there any more)'}`],
    ['layout', d.layout],
    ['status', d.status + (d.indexedAt === null ? '' : `, indexed ${formatTime(d.indexedAt)}`)],
    ['images', `${formatCount(d.images)} in ${formatCount(d.classes)} classes (${splits.join(', ')}), ${formatBytes(d.bytes)}`],
    ['excluded', formatCount(d.excluded)],
    ['troubled', formatCount(d.troubled)],
    ['measured', d.measured === null ? 'not yet' : numbers(d.measured)],
    ['normalised', numbers(d.normalisation)],
  ]
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('')
}

export function classLines(splits: readonly DatasetSplit[], classes: readonly { readonly name: string; readonly images: Readonly<Record<string, number>> }[]): string {
  return `\n${renderTable([{ title: 'class' }, ...splits.map((split) => ({ title: split, align: 'right' as const }))], classes.map(({ name, images }) => [oneLine(name), ...splits.map((split) => formatCount(images[split] ?? 0))]))}`
}

/** The runs whose models answered the images, and how to see what they said; nothing without one. */
export function evaluationLines({ id }: Pick<DatasetSummary, 'id'>, evaluations: readonly DatasetEvaluation[]): string {
  const [first] = evaluations
  if (first === undefined) return ''
  const lines = [...new Set(evaluations.map(({ runId }) => runId))].map((runId) => {
    const models = evaluations.filter((evaluation) => evaluation.runId === runId)
    const said = models.map(({ kind, top1 }) => `${kind} ${formatPercent(top1)}`).join(', ')
    return `  ${runId}  ${oneLine(models[0]?.runName ?? '')}: ${said}\n`
  })
  return `\nAnswered by the models of\n${lines.join('')}"${hint(`data images ${id} --run ${first.runId} --wrong`)}" lists what was got wrong.\n`
}

/** One line an image; columns for what nothing is known of are left out. */
export function imageTable(images: readonly DatasetImage[], classNames: readonly string[]): string {
  const nameOf = (label: number): string => oneLine(classNames[label] ?? 'another class')
  const share = (value: number): string => formatPercent(100 * value)
  const columns: readonly { title: string; align?: 'right'; isShown?: boolean; of(image: DatasetImage): string }[] = [
    { title: 'image', of: ({ path }) => oneLine(path) },
    { title: 'class', of: ({ label }) => nameOf(label) },
    { title: 'predicted', isShown: images.some(({ prediction }) => prediction !== null), of: ({ prediction }) => (prediction === null ? '' : nameOf(prediction.predicted)) },
    { title: 'sure', align: 'right', isShown: images.some(({ prediction }) => prediction !== null), of: ({ prediction }) => (prediction === null ? '' : share(prediction.confidence)) },
    { title: 'ahead', align: 'right', isShown: images.some(({ prediction }) => prediction !== null), of: ({ prediction }) => (prediction === null ? '' : share(prediction.margin)) },
    { title: 'pixels', align: 'right', of: ({ width, height }) => (width === 0 ? '' : `${width} x ${height}`) },
    { title: 'size', align: 'right', of: ({ bytes }) => formatBytes(bytes) },
    { title: 'findings', isShown: images.some(({ findings }) => findings.length > 0), of: ({ findings }) => findings.join(', ') },
    { title: 'excluded', isShown: images.some(({ excluded }) => excluded), of: ({ excluded }) => (excluded ? 'yes' : '') },
  ]
  const shown = columns.filter(({ isShown }) => isShown !== false)
  return renderTable(shown, images.map((image) => shown.map((column) => column.of(image))))
}

const MARKS = { error: '[error]', warning: '[warn] ', note: '[note] ' } as const

export function findingLines({ severity, title, images, excluded, detail, remedy, lines }: DatasetFinding): string {
  const count = images === 0 ? '' : `: ${formatCount(images)}${excluded > 0 ? ` (${formatCount(excluded)} excluded)` : ''}`
  const more = images > lines.length ? [`... and ${formatCount(images - lines.length)} more`] : []
  return [`${MARKS[severity]} ${title}${count}`, `        ${detail}`, `        ${remedy}`, ...[...lines.map(oneLine), ...more].map((line) => `          ${line}`)].join('\n') + '\n'
}

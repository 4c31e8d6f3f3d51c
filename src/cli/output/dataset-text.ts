import type { ChannelStatistics, DatasetFinding, DatasetSplit, DatasetSummary } from '../../contract/dataset-entities'
import { formatBytes, formatCount, formatTime } from './format'
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

const MARKS = { error: '[error]', warning: '[warn] ', note: '[note] ' } as const

export function findingLines({ severity, title, images, excluded, detail, remedy, lines }: DatasetFinding): string {
  const count = images === 0 ? '' : `: ${formatCount(images)}${excluded > 0 ? ` (${formatCount(excluded)} excluded)` : ''}`
  const more = images > lines.length ? [`... and ${formatCount(images - lines.length)} more`] : []
  return [`${MARKS[severity]} ${title}${count}`, `        ${detail}`, `        ${remedy}`, ...[...lines.map(oneLine), ...more].map((line) => `          ${line}`)].join('\n') + '\n'
}

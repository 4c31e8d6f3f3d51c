import type { RuntimeFinding, RuntimePack, RuntimeProgress } from '../../contract/runtimes'
import { formatBytes, formatPercent } from './format'
import { oneLine } from './one-line'
import { renderTable } from './table'

const STAGES = { fetching: 'fetching', checking: 'checking', unpacking: 'unpacking' } as const

export const runtimeLine = ({ stage, file, done, total }: RuntimeProgress): string =>
  `${formatBytes(done)} of ${formatBytes(total)} (${formatPercent((100 * done) / total)}), ${STAGES[stage]} ${oneLine(file.split('-').slice(0, 2).join(' '))}`

const sizeOf = ({ status, downloadBytes, unpackedBytes, fetchedBytes }: RuntimePack): string => {
  if (status === 'built-in') return ''
  if (status === 'installed') return formatBytes(unpackedBytes)
  const fetched = status === 'available' ? `${formatBytes(downloadBytes)} to fetch` : `${formatBytes(fetchedBytes)} of ${formatBytes(downloadBytes)} fetched`
  return `${fetched}, ${formatBytes(unpackedBytes)} on disk`
}

export function runtimeTable(runtimes: readonly RuntimePack[]): string {
  return renderTable(
    [{ title: 'name' }, { title: 'for' }, { title: 'status' }, { title: 'size' }, { title: 'what it is' }],
    runtimes.map((one) => [one.name, one.kind.toUpperCase(), one.status, sizeOf(one), oneLine(one.title)]),
  )
}

/** What a probe found: one line, and what to do where that is needed. */
export const findingText = ({ name, usable, detail, reason, remedy }: RuntimeFinding): string =>
  `${usable ? '[ok]  ' : '[FAIL]'} ${name}: ${oneLine([reason, reason === null || detail === null ? detail : `(${detail})`].filter((part) => part !== null).join(' '))}\n${remedy === null ? '' : `       ${oneLine(remedy)}\n`}`

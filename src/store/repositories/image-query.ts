import { DATASET_SPLITS, type ImageFilter, type ImageOrder } from '../../contract/dataset-entities'
import type { SqlValue } from '../database'

/** The condition of a filter on `images i`, with its parameters in order. */
export function filterSql(dataset: number, filter: ImageFilter): { readonly sql: string; readonly params: readonly SqlValue[] } {
  const conditions: [string, readonly SqlValue[]][] = [['i.dataset = ?', [dataset]]]
  const { labels, split, text, finding, excluded } = filter
  if (labels !== undefined) {
    const [only] = labels
    conditions.push(labels.length === 1 && only !== undefined ? ['i.label = ?', [only]] : ['i.label IN (SELECT value FROM json_each(?))', [JSON.stringify(labels)]])
  }
  if (split !== undefined) conditions.push(['i.split = ?', [DATASET_SPLITS.indexOf(split)]])
  if (text !== undefined && text !== '') conditions.push([`i.path LIKE ? ESCAPE '\\'`, [`%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`]])
  if (finding !== undefined) conditions.push(['i.image IN (SELECT f.image FROM image_findings f WHERE f.dataset = ? AND f.finding = ?)', [dataset, finding]])
  if (excluded !== undefined) conditions.push(['i.excluded = ?', [Number(excluded)]])
  return { sql: conditions.map(([sql]) => sql).join(' AND '), params: conditions.flatMap(([, params]) => [...params]) }
}

const COLUMNS: Readonly<Record<ImageOrder['by'], string>> = {
  position: 'i.image',
  class: 'i.label',
  name: 'i.name',
  bytes: 'i.bytes',
  pixels: 'i.width * i.height',
  brightness: 'i.brightness',
  group: 'i.alike',
}

/** Ties come in the order of the data set. */
export function orderSql({ by, descending }: ImageOrder): string {
  const direction = descending ? 'DESC' : 'ASC'
  return by === 'position' ? `i.image ${direction}` : `${COLUMNS[by]} ${direction}, i.image ${direction}`
}

import { DATASET_SPLITS, type ImageFilter, type ImageOrder } from '../../contract/dataset-entities'
import type { SqlValue } from '../database'

/** A filter with the evaluations it names by the numbers of their records. */
export interface StoredFilter extends Omit<ImageFilter, 'evaluation' | 'flippedFrom'> {
  readonly evaluation?: number | undefined
  readonly flippedFrom?: number | undefined
}

export interface ImageSource {
  /** What stands after FROM, up to and with the condition; images are `i`, predictions `p`. */
  readonly sql: string
  readonly params: readonly SqlValue[]
}

/** The images of a data set that pass a filter, with the predictions of the evaluation that it names. */
export function imagesThatPass(dataset: number, filter: StoredFilter): ImageSource {
  const conditions: [string, readonly SqlValue[]][] = [['i.dataset = ?', [dataset]]]
  const { labels, split, text, finding, excluded, evaluation, outcome, predicted, flippedFrom } = filter
  if (labels !== undefined) {
    const [only] = labels
    conditions.push(labels.length === 1 && only !== undefined ? ['i.label = ?', [only]] : ['i.label IN (SELECT value FROM json_each(?))', [JSON.stringify(labels)]])
  }
  if (split !== undefined) conditions.push(['i.split = ?', [DATASET_SPLITS.indexOf(split)]])
  if (text !== undefined && text !== '') conditions.push([`i.path LIKE ? ESCAPE '\\'`, [`%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`]])
  if (finding !== undefined) conditions.push(['i.image IN (SELECT f.image FROM image_findings f WHERE f.dataset = ? AND f.finding = ?)', [dataset, finding]])
  if (excluded !== undefined) conditions.push(['i.excluded = ?', [Number(excluded)]])
  if (evaluation !== undefined) {
    conditions.push(['p.evaluation = ?', [evaluation]])
    if (outcome !== undefined) conditions.push([outcome === 'right' ? 'p.predicted = i.label' : 'p.predicted <> i.label', []])
    if (predicted !== undefined) conditions.push(['p.predicted = ?', [predicted]])
    if (flippedFrom !== undefined) conditions.push(['EXISTS (SELECT 1 FROM predictions q WHERE q.evaluation = ? AND q.image = i.image AND q.predicted <> p.predicted)', [flippedFrom]])
  }
  const joined = evaluation === undefined ? '' : ' JOIN predictions p ON p.image = i.image'
  return { sql: `images i${joined} WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`, params: conditions.flatMap(([, params]) => [...params]) }
}

/** Columns of predictions for a selection from {@link imagesThatPass}. */
export const predictionColumns = ({ evaluation }: StoredFilter): string =>
  evaluation === undefined ? 'NULL AS predicted, NULL AS confidence, NULL AS margin' : 'p.predicted, p.confidence, p.margin'

const COLUMNS: Readonly<Record<ImageOrder['by'], string>> = {
  position: 'i.image',
  class: 'i.label',
  name: 'i.name',
  bytes: 'i.bytes',
  pixels: 'i.width * i.height',
  brightness: 'i.brightness',
  group: 'i.alike',
  predicted: 'predicted',
  confidence: 'confidence',
  margin: 'margin',
}

/** Ties come in the order of the data set. */
export function orderSql({ by, descending }: ImageOrder): string {
  const direction = descending ? 'DESC' : 'ASC'
  return by === 'position' ? `i.image ${direction}` : `${COLUMNS[by]} ${direction}, i.image ${direction}`
}

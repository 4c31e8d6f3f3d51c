import type { ImageFinding } from '../../contract/dataset-entities'

/** What copies share: the digest of the file's bytes, or the group of images that look the same. */
const SHARED: Readonly<Partial<Record<ImageFinding, 'hash' | 'alike'>>> = { leak: 'hash', duplicate: 'hash', 'near-leak': 'alike', 'near-duplicate': 'alike' }

const inUse = (finding: ImageFinding, dataset: string, columns: string): string =>
  `SELECT ${columns} FROM image_findings f JOIN images i ON i.dataset = f.dataset AND i.image = f.image
   WHERE f.dataset = ${dataset} AND f.finding = '${finding}' AND i.excluded = 0`

/**
 * A query for the images that a finding asks to take out of use, as one column `image`; `dataset` is an SQL expression for the data set's number.
 * Of copies across splits those of training, where one outside training stays; of copies within a split all but the first that is in use.
 */
export function redundantSql(finding: ImageFinding, dataset: string): string {
  const all = inUse(finding, dataset, 'i.image AS image')
  const shared = SHARED[finding]
  if (shared === undefined) return all
  if (finding === 'leak' || finding === 'near-leak') return `${all} AND i.split = 0 AND i.${shared} IN (${inUse(finding, dataset, `i.${shared}`)} AND i.split <> 0)`
  return `${all} AND i.image NOT IN (${inUse(finding, dataset, 'min(i.image)')} GROUP BY i.${shared}, i.split)`
}

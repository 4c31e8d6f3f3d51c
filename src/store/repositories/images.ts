import { z } from 'zod'
import { DATASET_SPLITS, type DatasetImage, ImageFinding, type ImageOrder } from '../../contract/dataset-entities'
import { StudioError } from '../../contract/errors'
import type { ImageFacts, Likeness, ListedImage } from '../../contract/image-service'
import type { Reader, SqlValue, Transaction } from '../database'
import { imagesThatPass, orderSql, predictionColumns, type StoredFilter } from './image-query'
import { redundantSql } from './redundant-images'

const STATES = ['waiting', 'read', 'unreadable'] as const

const ImageRow = z
  .object({
    image: z.int(),
    path: z.string(),
    split: z.int().transform((value) => DATASET_SPLITS[value] ?? 'all'),
    label: z.int(),
    state: z.int().transform((value) => STATES[value] ?? 'waiting'),
    bytes: z.number(),
    width: z.int(),
    height: z.int(),
    format: z.string(),
    brightness: z.number(),
    problem: z.string().nullable(),
    group: z.int().nullable(),
    excluded: z.int().transform((value) => value === 1),
    findings: z.string().nullable(),
    predicted: z.int().nullable(),
    confidence: z.number().nullable(),
    margin: z.number().nullable(),
  })
  .transform(({ findings, predicted, confidence, margin, ...image }): DatasetImage => ({
    ...image,
    prediction: predicted === null || confidence === null || margin === null ? null : { predicted, confidence, margin },
    findings: (findings ?? '').split(' ').flatMap((name) => ImageFinding.safeParse(name).data ?? []),
  }))

const COLUMNS = `i.image, i.path, i.split, i.label, i.state, i.bytes, i.width, i.height, i.format, i.brightness, i.problem, i.alike AS "group", i.excluded, i.predicted, i.confidence, i.margin,
  (SELECT group_concat(f.finding, ' ') FROM image_findings f WHERE f.dataset = i.dataset AND f.image = i.image) AS findings`

export const recordFactsSql = `UPDATE images SET state = ?, bytes = ?, width = ?, height = ?, format = ?, hash = ?, likeness = ?, brightness = ?, problem = ?, thumb_at = ?, thumb_size = ?
  WHERE dataset = ? AND image = ?`
/** Through its index: most images may have been read. */
export const waitingSql = 'SELECT image, path FROM images INDEXED BY images_by_state WHERE dataset = ? AND state = 0 ORDER BY image LIMIT ?'

const Numbers = z.array(z.object({ value: z.int() })).transform((rows) => rows.map(({ value }) => value))
const Waiting = z.array(z.object({ image: z.int(), path: z.string() }))

/** Facts of one image as they are stored, with the place of its thumbnail. */
export interface StoredFacts extends Omit<ImageFacts, 'thumbnail' | 'mean' | 'square'> {
  readonly image: number
  readonly thumbAt: number
  readonly thumbSize: number
  readonly findings: readonly ImageFinding[]
}

export interface ThumbnailPlace {
  readonly image: number
  readonly at: number
  readonly size: number
}

/** An image that looks like another one; with several findings it comes several times. */
export interface AlikeImage {
  readonly image: number
  readonly group: number
  readonly finding: ImageFinding
}

/** Images of data sets; `dataset` is the number of the data set's record. */
export interface ImageRepository {
  append(transaction: Transaction, dataset: number, first: number, images: readonly ListedImage[]): Promise<void>
  clear(transaction: Transaction, dataset: number): Promise<void>
  record(transaction: Transaction, dataset: number, facts: readonly StoredFacts[]): Promise<void>
  page(dataset: number, filter: StoredFilter, order: ImageOrder, offset: number, limit: number): Promise<DatasetImage[]>
  count(dataset: number, filter: StoredFilter): Promise<number>
  /** Images that pass the filter, by class; classes are not filtered. */
  countByClass(dataset: number, filter: StoredFilter): Promise<ReadonlyMap<number, number>>
  /** Rejects with NOT_FOUND. */
  path(dataset: number, image: number): Promise<string>
  thumbnails(dataset: number, images: readonly number[]): Promise<ThumbnailPlace[]>
  waiting(dataset: number, limit: number): Promise<{ image: number; path: string }[]>
  waitingAmong(dataset: number, images: readonly number[]): Promise<{ image: number; path: string }[]>
  likenesses(dataset: number): Promise<Likeness[]>
  /** Images of the same bytes, together. */
  equalGroups(dataset: number): Promise<number[][]>
  /** Split of each image, as a number. */
  splits(dataset: number, images: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** Replaces what comparing images found. */
  setGroups(transaction: Transaction, dataset: number, found: readonly AlikeImage[]): Promise<void>
  findingCounts(dataset: number): Promise<{ finding: string; images: number; excluded: number }[]>
  /** How many images `excludeFinding` would take out of use. */
  redundant(dataset: number, finding: ImageFinding): Promise<number>
  findingLines(dataset: number, finding: ImageFinding, limit: number): Promise<{ path: string; problem: string | null }[]>
  exclude(transaction: Transaction, dataset: number, images: readonly number[], excluded: boolean): Promise<number>
  /** Takes the images of a finding out of use, of copies all but one; or takes all of them back. Answers how many changed. */
  excludeFinding(transaction: Transaction, dataset: number, finding: ImageFinding, excluded: boolean): Promise<number>
  excludedPaths(dataset: number): Promise<string[]>
  excludePaths(transaction: Transaction, dataset: number, paths: readonly string[]): Promise<void>
  /** A few paths from all over the data set. */
  sample(dataset: number, count: number): Promise<string[]>
}

export function createImageRepository(reader: Reader): ImageRepository {
  const numbers = async (sql: string, params: readonly SqlValue[]): Promise<number[]> => Numbers.parse(await reader.all(sql, params))
  return {
    async append(transaction, dataset, first, images) {
      await transaction.run(
        `INSERT INTO images (dataset, image, path, name, split, label)
         SELECT ?1, ?2 + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?3)`,
        [dataset, first, JSON.stringify(images.map(({ path, split, label }) => [path, path.slice(path.lastIndexOf('/') + 1), DATASET_SPLITS.indexOf(split), label]))],
      )
    },
    async clear(transaction, dataset) {
      await transaction.run('DELETE FROM image_findings WHERE dataset = ?', [dataset])
      await transaction.run('DELETE FROM evaluations WHERE dataset = ?', [dataset])
      await transaction.run('DELETE FROM images WHERE dataset = ?', [dataset])
    },
    async record(transaction, dataset, facts) {
      // One by one: joined with a list, SQLite would go through all images for each of its rows.
      for (const f of facts) await transaction.run(recordFactsSql, [f.problem === null ? 1 : 2, f.bytes, f.width, f.height, f.format, f.hash, f.likeness, f.brightness, f.problem, f.thumbAt, f.thumbSize, dataset, f.image])
      await transaction.run('INSERT OR IGNORE INTO image_findings (dataset, finding, image) SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)', [
        dataset,
        JSON.stringify(facts.flatMap(({ image, findings }) => findings.map((finding) => [finding, image]))),
      ])
    },
    async page(dataset, filter, order, offset, limit) {
      const from = imagesThatPass(dataset, filter)
      const found = await reader.all(
        `SELECT ${COLUMNS} FROM (SELECT i.*, ${predictionColumns(filter)} FROM ${from.sql} ORDER BY ${orderSql(order)} LIMIT ? OFFSET ?) i ORDER BY ${orderSql(order)}`,
        [...from.params, limit, offset],
      )
      return z.array(ImageRow).parse(found)
    },
    async count(dataset, filter) {
      const from = imagesThatPass(dataset, filter)
      const row = await reader.get(`SELECT count(*) AS n FROM ${from.sql}`, from.params)
      return Number(row?.['n'] ?? 0)
    },
    async countByClass(dataset, filter) {
      const from = imagesThatPass(dataset, { ...filter, labels: undefined })
      const rows = await reader.all(`SELECT i.label, count(*) AS n FROM ${from.sql} GROUP BY i.label`, from.params)
      return new Map(rows.map((row) => [Number(row['label']), Number(row['n'])]))
    },
    async path(dataset, image) {
      const row = await reader.get('SELECT path FROM images WHERE dataset = ? AND image = ?', [dataset, image])
      if (typeof row?.['path'] !== 'string') throw new StudioError('NOT_FOUND', `The data set has no image ${image}. Index it again if its files have changed.`)
      return row['path']
    },
    async thumbnails(dataset, images) {
      const rows = await reader.all('SELECT image, thumb_at AS at, thumb_size AS size FROM images WHERE dataset = ? AND image IN (SELECT value FROM json_each(?))', [dataset, JSON.stringify(images)])
      return z.array(z.object({ image: z.int(), at: z.int(), size: z.int() })).parse(rows)
    },
    waiting: async (dataset, limit) => Waiting.parse(await reader.all(waitingSql, [dataset, limit])),
    waitingAmong: async (dataset, images) =>
      Waiting.parse(await reader.all('SELECT image, path FROM images WHERE dataset = ? AND image IN (SELECT value FROM json_each(?)) AND state = 0', [dataset, JSON.stringify(images)])),
    async likenesses(dataset) {
      const rows = await reader.all("SELECT image, likeness AS bits, thumb_at AS at, thumb_size AS length FROM images WHERE dataset = ? AND state = 1 AND likeness <> '' ORDER BY image", [dataset])
      return z.array(z.object({ image: z.int(), bits: z.string(), at: z.int(), length: z.int() })).parse(rows)
    },
    async equalGroups(dataset) {
      const rows = await reader.all("SELECT json_group_array(image) AS images FROM images WHERE dataset = ? AND hash <> '' AND bytes > 0 GROUP BY hash HAVING count(*) > 1", [dataset])
      return rows.map((row) => z.array(z.int()).parse(JSON.parse(String(row['images']))).sort((a, b) => a - b))
    },
    async splits(dataset, images) {
      const rows = await reader.all('SELECT image, split FROM images WHERE dataset = ? AND image IN (SELECT value FROM json_each(?))', [dataset, JSON.stringify(images)])
      return new Map(rows.map((row) => [Number(row['image']), Number(row['split'])]))
    },
    async setGroups(transaction, dataset, found) {
      await transaction.run("DELETE FROM image_findings WHERE dataset = ? AND finding IN ('leak', 'duplicate', 'near-leak', 'near-duplicate')", [dataset])
      await transaction.run('UPDATE images SET alike = NULL WHERE dataset = ? AND alike IS NOT NULL', [dataset])
      const rows = found.map(({ image, group, finding }) => [image, group, finding])
      for (const { image, group } of found) await transaction.run('UPDATE images SET alike = ? WHERE dataset = ? AND image = ?', [group, dataset, image])
      await transaction.run('INSERT OR IGNORE INTO image_findings (dataset, finding, image) SELECT ?1, value ->> 2, value ->> 0 FROM json_each(?2)', [dataset, JSON.stringify(rows)])
    },
    async findingCounts(dataset) {
      const rows = await reader.all(
        `SELECT f.finding, count(*) AS images, sum(i.excluded) AS excluded FROM image_findings f JOIN images i ON i.dataset = f.dataset AND i.image = f.image
         WHERE f.dataset = ? GROUP BY f.finding`,
        [dataset],
      )
      return z.array(z.object({ finding: z.string(), images: z.int(), excluded: z.int() })).parse(rows)
    },
    async findingLines(dataset, finding, limit) {
      const rows = await reader.all(
        `SELECT i.path, i.problem FROM image_findings f JOIN images i ON i.dataset = f.dataset AND i.image = f.image
         WHERE f.dataset = ? AND f.finding = ? ORDER BY i.alike, i.image LIMIT ?`,
        [dataset, finding, limit],
      )
      return z.array(z.object({ path: z.string(), problem: z.string().nullable() })).parse(rows)
    },
    async exclude(transaction, dataset, images, excluded) {
      const { changes } = await transaction.run('UPDATE images SET excluded = ?1 WHERE dataset = ?2 AND excluded <> ?1 AND image IN (SELECT value FROM json_each(?3))', [Number(excluded), dataset, JSON.stringify(images)])
      return changes
    },
    async redundant(dataset, finding) {
      const [count] = await numbers(`SELECT count(*) AS value FROM (${redundantSql(finding, '?1')})`, [dataset])
      return count ?? 0
    },
    async excludeFinding(transaction, dataset, finding, excluded) {
      const { changes } = excluded
        ? await transaction.run(`UPDATE images SET excluded = 1 WHERE dataset = ?1 AND image IN (${redundantSql(finding, '?1')})`, [dataset])
        : await transaction.run(
            'UPDATE images SET excluded = 0 WHERE dataset = ?1 AND excluded = 1 AND image IN (SELECT image FROM image_findings WHERE dataset = ?1 AND finding = ?2)',
            [dataset, finding],
          )
      return changes
    },
    async excludedPaths(dataset) {
      const rows = await reader.all('SELECT path FROM images WHERE dataset = ? AND excluded = 1 ORDER BY image', [dataset])
      return rows.map((row) => String(row['path']))
    },
    async excludePaths(transaction, dataset, paths) {
      if (paths.length > 0) await transaction.run('UPDATE images SET excluded = 1 WHERE dataset = ? AND path IN (SELECT value FROM json_each(?))', [dataset, JSON.stringify(paths)])
    },
    async sample(dataset, count) {
      const [total] = await numbers('SELECT count(*) AS value FROM images WHERE dataset = ?', [dataset])
      const places = Array.from({ length: Math.min(count, total ?? 0) }, (_, index) => Math.floor((index * (total ?? 0)) / count))
      const rows = await reader.all('SELECT path FROM images WHERE dataset = ? AND image IN (SELECT value FROM json_each(?))', [dataset, JSON.stringify(places)])
      return rows.map((row) => String(row['path']))
    },
  }
}

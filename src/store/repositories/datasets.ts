import { z } from 'zod'
import { ChannelStatistics, DATASET_STATUSES, DatasetLayout, SplitFolder } from '../../contract/dataset-entities'
import { StudioError } from '../../contract/errors'
import type { Reader, SqlValue, Transaction } from '../database'
import { redundantSql } from './redundant-images'

const json = <S extends z.ZodType>(schema: S) => z.string().transform((text) => schema.parse(JSON.parse(text)))

/** Sums over training images: what mean and standard deviation are made of. */
export const ChannelSums = z.object({ count: z.int(), mean: z.array(z.number()), square: z.array(z.number()) })
export type ChannelSums = z.infer<typeof ChannelSums>

const columns = {
  number: z.int(),
  id: z.string(),
  name: z.string(),
  layout: DatasetLayout,
  folder: z.string(),
  splits: json(z.array(SplitFolder)),
  status: z.enum(DATASET_STATUSES),
  statusReason: z.string().nullable(),
  createdAt: z.int(),
  indexedAt: z.int().nullable(),
  /** Whether all its images are known by name. */
  listed: z.int().transform((value) => value === 1),
  classes: z.int(),
  normalisation: json(ChannelStatistics),
  sums: json(ChannelSums),
  images: z.int(),
  train: z.int(),
  validation: z.int(),
  undivided: z.int(),
  /** Images that were read. */
  done: z.int(),
  bytes: z.number(),
  excluded: z.int(),
  troubled: z.int(),
}
const DatasetRow = z.object(columns)
export type DatasetRecord = z.infer<typeof DatasetRow>

const COLUMNS = `number, id, name, layout, folder, splits, status, status_reason AS statusReason, created_at AS createdAt, indexed_at AS indexedAt, listed,
  json_array_length(class_names) AS classes, normalisation, sums, images, train, validation, undivided, done, bytes, excluded, troubled`

const PATCH_COLUMNS = {
  name: 'name',
  folder: 'folder',
  status: 'status',
  statusReason: 'status_reason',
  indexedAt: 'indexed_at',
  listed: 'listed',
  classNames: 'class_names',
  notices: 'notices',
  normalisation: 'normalisation',
  sums: 'sums',
} as const

/** What may change. */
export type DatasetPatch = Partial<Pick<DatasetRecord, 'name' | 'folder' | 'status' | 'statusReason' | 'indexedAt' | 'listed' | 'normalisation' | 'sums'>> & {
  readonly classNames?: readonly string[]
  readonly notices?: readonly string[]
}

export type NewDataset = Pick<DatasetRecord, 'id' | 'name' | 'layout' | 'folder' | 'splits' | 'createdAt'>

const toSql = (value: unknown): SqlValue =>
  typeof value === 'boolean' ? Number(value) : value === null || typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)

/** Findings that ask for action. */
const TROUBLING = ['unreadable', 'leak', 'duplicate', 'near-leak'] as const

export interface DatasetRepository {
  insert(transaction: Transaction, dataset: NewDataset): Promise<void>
  update(transaction: Transaction, id: string, patch: DatasetPatch): Promise<void>
  /** Counts its images anew: how many there are, were read, are excluded, need attention. */
  recount(transaction: Transaction, id: string): Promise<void>
  remove(transaction: Transaction, id: string): Promise<void>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<DatasetRecord>
  /** Newest first. */
  list(): Promise<DatasetRecord[]>
  classNames(id: string): Promise<string[]>
  notices(id: string): Promise<string[]>
}

export function createDatasetRepository(reader: Reader): DatasetRepository {
  const strings = async (column: 'class_names' | 'notices', id: string): Promise<string[]> => {
    const row = await reader.get(`SELECT ${column} AS value FROM datasets WHERE id = ?`, [id])
    if (row === null) throw unknown(id)
    return json(z.array(z.string())).parse(row['value'])
  }
  return {
    async insert(transaction, { id, name, layout, folder, splits, createdAt }) {
      await transaction.run(
        `INSERT INTO datasets (id, name, layout, folder, splits, status, created_at, normalisation) VALUES (?, ?, ?, ?, ?, 'indexing', ?, '{"mean":[],"std":[]}')`,
        [id, name, layout, folder, JSON.stringify(splits), createdAt],
      )
    },
    async update(transaction, id, patch) {
      const entries = Object.entries(patch).filter(([, value]) => value !== undefined)
      const assignments = entries.map(([key]) => `${PATCH_COLUMNS[key as keyof DatasetPatch]} = ?`)
      if (assignments.length === 0) return
      const { changes } = await transaction.run(`UPDATE datasets SET ${assignments.join(', ')} WHERE id = ?`, [...entries.map(([, value]) => toSql(value)), id])
      if (changes === 0) throw unknown(id)
    },
    async recount(transaction, id) {
      // Not by `datasets.number`: SQLite would run each of the queries anew for every image.
      const number = '(SELECT number FROM datasets WHERE id = ?1)'
      await transaction.run(
        `UPDATE datasets SET (images, train, validation, undivided, done, bytes, excluded) = (
           SELECT count(*), coalesce(sum(split = 0), 0), coalesce(sum(split = 1), 0), coalesce(sum(split = 2), 0), coalesce(sum(state > 0), 0),
                  coalesce(sum(bytes), 0), coalesce(sum(excluded), 0)
           FROM images WHERE dataset = ${number}),
         troubled = (SELECT count(*) FROM (${TROUBLING.map((finding) => `SELECT image FROM (${redundantSql(finding, number)})`).join(' UNION ')}))
         WHERE id = ?1`,
        [id],
      )
    },
    async remove(transaction, id) {
      await transaction.run('DELETE FROM datasets WHERE id = ?', [id])
    },
    async get(id) {
      const row = await reader.get(`SELECT ${COLUMNS} FROM datasets WHERE id = ?`, [id])
      if (row === null) throw unknown(id)
      return DatasetRow.parse(row)
    },
    list: async () => z.array(DatasetRow).parse(await reader.all(`SELECT ${COLUMNS} FROM datasets ORDER BY id DESC`)),
    classNames: (id) => strings('class_names', id),
    notices: (id) => strings('notices', id),
  }
}

const unknown = (id: string): StudioError =>
  new StudioError('NOT_FOUND', `There is no data set "${id}" in this workspace. See the list of data sets for the ones there are.`)

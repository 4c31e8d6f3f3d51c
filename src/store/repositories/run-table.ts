import { z } from 'zod'
import { RunStatus } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { parseRunFilter } from '../../contract/run-filter/parse'
import {
  RunCell,
  type RunField,
  type RunGroup,
  type RunGroupQuery,
  type RunShelf,
  type RunTablePage,
  type RunTableQuery,
  RunTableRow,
} from '../../contract/run-table'
import type { Reader } from '../database'
import { BUILT_IN, fieldSql, type Sql } from '../run-fields'
import { filterSql } from '../run-filter-sql'

/** The runs as one table, of any size: filtered, sorted, grouped and cut into pages by SQL. */
export interface RunTableRepository {
  page(query: z.output<typeof RunTableQuery>): Promise<RunTablePage>
  /** Ids of all runs that the filter takes, in the order of the table. */
  ids(query: Pick<z.output<typeof RunTableQuery>, 'filter' | 'shelf' | 'sort'>): Promise<string[]>
  /** In the order of their values; runs without one come last. */
  groups(query: z.output<typeof RunGroupQuery>): Promise<RunGroup[]>
  /** Every field that some run has. */
  fields(): Promise<RunField[]>
  /** Number of runs that are repeats under this name. */
  groupSize(name: string): Promise<number>
  /** Some of the values that a field has, the most frequent first. */
  values(key: string, containing: string, limit: number): Promise<RunCell[]>
}

const SHELF: Readonly<Record<RunShelf, string>> = {
  active: 'r.binned_at IS NULL AND r.archived_at IS NULL',
  archived: 'r.binned_at IS NULL AND r.archived_at IS NOT NULL',
  bin: 'r.binned_at IS NOT NULL',
}

function column(key: string): Sql {
  const sql = fieldSql(key)
  if (sql === null) throw new StudioError('BAD_INPUT', `There is no column "${key}". Take it out of the view, or choose another.`)
  return sql
}

function where(filter: string, shelf: RunShelf): Sql {
  const condition = filterSql(parseRunFilter(filter))
  return { text: `WHERE ${SHELF[shelf]} AND ${condition.text}`, params: condition.params }
}

function order(sort: z.output<typeof RunTableQuery>['sort']): Sql {
  const parts = sort.map(({ key, descending }) => {
    const { text, params } = column(key)
    return { text: `${text} ${descending ? 'DESC' : 'ASC'} NULLS LAST`, params }
  })
  return { text: `ORDER BY ${[...parts.map(({ text }) => text), 'r.id DESC'].join(', ')}`, params: parts.flatMap(({ params }) => params) }
}

const json = <S extends z.ZodType>(schema: S) => z.string().transform((text): z.output<S> => schema.parse(JSON.parse(text)))
const PageRow = z
  .object({
    id: z.string(),
    name: z.string(),
    status: RunStatus,
    starred: z.number(),
    tags: json(z.array(z.string())),
    cells: json(z.array(RunCell)),
  })
  .transform((row) => RunTableRow.parse({ ...row, starred: row.starred === 1 }))
const GroupRow = z.object({ value: RunCell, members: json(z.array(z.array(z.unknown()))) })

function spreadOf(values: readonly number[]): RunGroup['spreads'][number] {
  const count = values.length
  if (count === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)]
  return { count, mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null, min, max }
}

const METRIC_LABELS: Readonly<Record<string, string>> = { '': 'last', ':best': 'best', ':freeze': 'at freeze' }

const RESULT_WORDS: Readonly<Record<string, string>> = {
  fp32: 'FP32',
  int8: 'INT8',
  mixed: 'Mixed',
  top1: 'top-1',
  top5: 'top-5',
  sizeBits: 'size',
}
/** `result.mixed.top1` as `Mixed top-1`. */
const resultLabel = (key: string): string =>
  key
    .split('.')
    .slice(1)
    .map((word) => RESULT_WORDS[word] ?? word)
    .join(' ')

export function createRunTableRepository(reader: Reader): RunTableRepository {
  return {
    async page({ filter, shelf, columns, sort, offset, limit }) {
      const chosen = where(filter, shelf)
      const ordered = order(sort)
      const cells = columns.map(column)
      const total = await reader.get(`SELECT count(*) AS n FROM runs AS r ${chosen.text}`, chosen.params)
      // The page is chosen before its cells are computed.
      const rows = await reader.all(
        `SELECT r.id, r.name, r.status, r.starred, r.tags, json_array(${cells.map(({ text }) => text).join(', ')}) AS cells
         FROM (SELECT number, row_number() OVER () AS place FROM (SELECT r.number FROM runs AS r ${chosen.text} ${ordered.text} LIMIT ? OFFSET ?)) AS page
         JOIN runs AS r ON r.number = page.number ORDER BY page.place`,
        [...cells.flatMap(({ params }) => params), ...chosen.params, ...ordered.params, limit, offset],
      )
      return { total: Number(total?.['n']), rows: z.array(PageRow).parse(rows) }
    },

    async ids({ filter, shelf, sort }) {
      const chosen = where(filter, shelf)
      const ordered = order(sort)
      const rows = await reader.all(`SELECT r.id FROM runs AS r ${chosen.text} ${ordered.text}`, [...chosen.params, ...ordered.params])
      return rows.map((row) => String(row['id']))
    },

    async groups({ filter, shelf, by, columns }) {
      const chosen = where(filter, shelf)
      const key = column(by)
      const cells = columns.map(column)
      const rows = await reader.all(
        `SELECT ${key.text} AS value, json_group_array(json_array(${cells.map(({ text }) => text).join(', ')})) AS members
         FROM runs AS r ${chosen.text} GROUP BY 1 ORDER BY 1 NULLS LAST LIMIT 2000`,
        [...key.params, ...cells.flatMap(({ params }) => params), ...chosen.params],
      )
      return z
        .array(GroupRow)
        .parse(rows)
        .map(({ value, members }) => ({
          value,
          runs: members.length,
          spreads: columns.map((_, index) => spreadOf(members.flatMap((member) => (typeof member[index] === 'number' ? [member[index]] : [])))),
        }))
    },

    async fields() {
      const own = Object.entries(BUILT_IN).map(([key, { label, kind }]): RunField => ({ key, label, kind, group: 'run' }))
      const keys = await reader.all(
        `SELECT k.key, (SELECT typeof(value) FROM run_values AS v WHERE v.key = k.number LIMIT 1) AS type FROM run_keys AS k ORDER BY k.key`,
      )
      const values = z
        .array(z.object({ key: z.string(), type: z.string().nullable() }))
        .parse(keys)
        .map(({ key, type }): RunField => ({
          key,
          label: key.startsWith('result.') ? resultLabel(key) : key.slice('config.'.length),
          kind: type === 'text' ? 'text' : 'number',
          group: key.startsWith('config.') ? 'config' : 'result',
        }))
      const series = await reader.all('SELECT key FROM series ORDER BY key')
      const metrics = series.flatMap((row) =>
        Object.entries(METRIC_LABELS).map(([aspect, word]): RunField => {
          const key = String(row['key'])
          return { key: `${key}${aspect}`, label: `${key} (${word})`, kind: 'number', group: 'metric' }
        }),
      )
      return [...own, ...values.filter(({ group }) => group === 'result'), ...metrics, ...values.filter(({ group }) => group === 'config')]
    },

    async groupSize(name) {
      return Number((await reader.get('SELECT count(*) AS n FROM runs WHERE repeats = ?', [name]))?.['n'])
    },

    async values(key, containing, limit) {
      const field = key === 'tag' ? { text: 't.value', params: [] } : column(key)
      const from = `SELECT ${field.text} AS value FROM runs AS r${key === 'tag' ? ', json_each(r.tags) AS t' : ''}`
      const rows = await reader.all(
        `SELECT value, count(*) AS runs FROM (${from}) WHERE value IS NOT NULL AND CAST(value AS TEXT) LIKE ? ESCAPE '\\' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`,
        [...field.params, `%${containing.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`, limit],
      )
      return rows.map((row) => RunCell.parse(row['value']))
    },
  }
}

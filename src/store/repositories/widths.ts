import { z } from 'zod'
import type { BitWidthHistory } from '../../contract/entities'
import type { Reader, Transaction } from '../database'
import { float32Hex, fromFloat32Blob, roundedBits } from './float32-blob'

export interface WidthRepository {
  append(transaction: Transaction, runId: string, history: BitWidthHistory): Promise<void>
  /** Ordered by step; a history longer than `maxPoints` keeps its first row and the last one of equal ranges of steps. */
  read(runId: string, maxPoints: number): Promise<BitWidthHistory>
  /** The next rows behind a step, in order, as they were recorded (float32). */
  page(runId: string, after: number, limit: number): Promise<BitWidthHistory>
  /** Deletes the rows behind `step` (all with -1). */
  deleteAfter(transaction: Transaction, runId: string, step: number): Promise<void>
}

const OF_RUN = 'FROM widths WHERE run = (SELECT number FROM runs WHERE id = ?1)'
export const widthBoundsSql = `SELECT count(*) AS count, min(step) AS low, max(step) AS high ${OF_RUN}`
export const widthRowsSql = `SELECT step, bits ${OF_RUN} ORDER BY step`
export const widthPageSql = `SELECT step, bits ${OF_RUN} AND step > ?2 ORDER BY step LIMIT ?3`
export const widthBucketsSql = `
  WITH kept (step) AS (SELECT ?2 UNION SELECT max(step) ${OF_RUN} GROUP BY (step - ?2) * ?3 / ?4)
  SELECT step, bits ${OF_RUN} AND step IN (SELECT step FROM kept) ORDER BY step`

const AppendSql = `
  INSERT INTO widths (run, step, bits)
  SELECT r.number, row.value ->> 0, unhex(row.value ->> 1) FROM json_each(?2) AS row JOIN runs AS r ON r.id = ?1
  WHERE true
  ON CONFLICT (run, step) DO UPDATE SET bits = excluded.bits`

const BoundsRow = z.object({ count: z.int(), low: z.int().nullable(), high: z.int().nullable() })
const WidthRow = z.object({ step: z.int(), bits: z.instanceof(Uint8Array) })

export function createWidthRepository(reader: Reader): WidthRepository {
  return {
    async append(transaction, runId, { steps, widths }) {
      if (steps.length === 0) return
      await transaction.run(AppendSql, [runId, JSON.stringify(steps.map((step, index) => [step, float32Hex(widths[index] ?? [])]))])
    },
    async read(runId, maxPoints) {
      const { count, low, high } = BoundsRow.parse(await reader.get(widthBoundsSql, [runId]))
      if (low === null || high === null) return { steps: [], widths: [] }
      const found =
        count <= maxPoints ? await reader.all(widthRowsSql, [runId]) : await reader.all(widthBucketsSql, [runId, low, maxPoints - 1, high - low + 1])
      const rows = z.array(WidthRow).parse(found)
      return { steps: rows.map(({ step }) => step), widths: rows.map(({ bits }) => roundedBits(bits)) }
    },
    async page(runId, after, limit) {
      const rows = z.array(WidthRow).parse(await reader.all(widthPageSql, [runId, after, limit]))
      return { steps: rows.map(({ step }) => step), widths: rows.map(({ bits }) => fromFloat32Blob(bits)) }
    },
    async deleteAfter(transaction, runId, step) {
      await transaction.run('DELETE FROM widths WHERE run = (SELECT number FROM runs WHERE id = ?) AND step > ?', [runId, step])
    },
  }
}

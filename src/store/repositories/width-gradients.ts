import { z } from 'zod'
import type { WidthGradients } from '../../contract/width-gradients'
import type { Reader, Transaction } from '../database'
import { float32Hex, fromFloat32Blob } from './float32-blob'

export interface WidthGradientRepository {
  append(transaction: Transaction, runId: string, rows: readonly WidthGradients[]): Promise<void>
  /** Of the steps that `step` is among; null where nothing was recorded about it. */
  at(runId: string, step: number): Promise<WidthGradients | null>
  /** The next rows behind a step, in order. */
  page(runId: string, after: number, limit: number): Promise<WidthGradients[]>
  /** Deletes the rows that reach behind `step` (all with -1). */
  deleteAfter(transaction: Transaction, runId: string, step: number): Promise<void>
}

const FROM_RUN = 'SELECT first_step AS first, step, task, size FROM width_gradients WHERE run = (SELECT number FROM runs WHERE id = ?1)'
export const widthGradientsAtSql = `${FROM_RUN} AND step >= ?2 ORDER BY step LIMIT 1`
export const widthGradientPageSql = `${FROM_RUN} AND step > ?2 ORDER BY step LIMIT ?3`

const AppendSql = `
  INSERT INTO width_gradients (run, step, first_step, task, size)
  SELECT r.number, row.value ->> 0, row.value ->> 1, unhex(row.value ->> 2), unhex(row.value ->> 3) FROM json_each(?2) AS row JOIN runs AS r ON r.id = ?1
  WHERE true
  ON CONFLICT (run, step) DO UPDATE SET first_step = excluded.first_step, task = excluded.task, size = excluded.size`

const Row = z
  .object({ first: z.int(), step: z.int(), task: z.instanceof(Uint8Array), size: z.instanceof(Uint8Array) })
  .transform(({ first, step, task, size }): WidthGradients => ({ from: first, to: step, task: fromFloat32Blob(task), size: fromFloat32Blob(size) }))

export function createWidthGradientRepository(reader: Reader): WidthGradientRepository {
  return {
    async append(transaction, runId, rows) {
      if (rows.length === 0) return
      await transaction.run(AppendSql, [runId, JSON.stringify(rows.map(({ from, to, task, size }) => [to, from, float32Hex(task), float32Hex(size)]))])
    },
    async at(runId, step) {
      const [row] = z.array(Row).parse(await reader.all(widthGradientsAtSql, [runId, step]))
      return row === undefined || row.from > step ? null : row
    },
    async page(runId, after, limit) {
      return z.array(Row).parse(await reader.all(widthGradientPageSql, [runId, after, limit]))
    },
    async deleteAfter(transaction, runId, step) {
      await transaction.run('DELETE FROM width_gradients WHERE run = (SELECT number FROM runs WHERE id = ?) AND step > ?', [runId, step])
    },
  }
}

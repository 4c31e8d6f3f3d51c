import { z } from 'zod'
import { StudioError } from '../../contract/errors'
import type { AnnotationChange, RunAnnotations } from '../../contract/run-table'
import type { Reader, SqlValue, Transaction } from '../database'
import { cutBuckets } from './metric-buckets'

/** What people add to runs, and where they put them. */
export interface AnnotationRepository {
  /** Rejects with NOT_FOUND. */
  get(runId: string): Promise<RunAnnotations>
  /** Changes all of the runs the same way; ids that there are not are passed over. Returns how many were changed. */
  change(transaction: Transaction, runIds: readonly string[], change: AnnotationChange, now: number): Promise<number>
  /** Makes a run a member of a group of repeats. */
  joinRepeats(transaction: Transaction, runId: string, group: string): Promise<void>
  /** Copies curves and bit-widths up to a step from one run to another that has none. */
  copyCurves(transaction: Transaction, from: string, to: string, step: number): Promise<void>
  /** Folders of the runs, by id. */
  folders(runIds: readonly string[]): Promise<{ id: string; folder: string; inBin: boolean }[]>
  /** Forgets the runs and everything they recorded. Only those in the bin. */
  forget(transaction: Transaction, runIds: readonly string[]): Promise<void>
}

const Row = z.object({
  notes: z.string(),
  tags: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  starred: z.number().transform((value) => value === 1),
  archivedAt: z.int().nullable(),
  binnedAt: z.int().nullable(),
  parent: z.string().nullable(),
  parentStep: z.int().nullable(),
  repeats: z.string().nullable(),
  frozenStep: z.int().nullable(),
})

const CHOSEN = 'id IN (SELECT value FROM json_each(?1))'

export function createAnnotationRepository(reader: Reader): AnnotationRepository {
  return {
    async get(runId) {
      const row = await reader.get(
        `SELECT notes, tags, starred, archived_at AS archivedAt, binned_at AS binnedAt, parent, parent_step AS parentStep, repeats, frozen_step AS frozenStep
         FROM runs WHERE id = ?`,
        [runId],
      )
      if (row === null)
        throw new StudioError('NOT_FOUND', `There is no run "${runId}" in this workspace. See the list of runs for the ones there are.`)
      const { archivedAt, binnedAt, parent, parentStep, ...rest } = Row.parse(row)
      return {
        ...rest,
        archived: archivedAt !== null,
        inBin: binnedAt !== null,
        parent: parent === null ? null : { runId: parent, step: parentStep ?? 0 },
      }
    },
    async change(transaction, runIds, { name, notes, addTags, removeTags, starred, archived, inBin }, now) {
      const sets: string[] = []
      const params: SqlValue[] = [JSON.stringify(runIds)]
      const set = (column: string, value: SqlValue): void => {
        params.push(value)
        sets.push(`${column} = ?${params.length}`)
      }
      if (name !== undefined) set('name', name)
      if (notes !== undefined) set('notes', notes)
      if (starred !== undefined) set('starred', starred ? 1 : 0)
      if (archived !== undefined) set('archived_at', archived ? now : null)
      if (inBin !== undefined) set('binned_at', inBin ? now : null)
      if (addTags !== undefined || removeTags !== undefined) {
        params.push(JSON.stringify(addTags ?? []), JSON.stringify(removeTags ?? []))
        sets.push(`tags = (SELECT json_group_array(tag) FROM (
          SELECT value AS tag FROM json_each(tags) UNION SELECT value FROM json_each(?${params.length - 1}) EXCEPT SELECT value FROM json_each(?${params.length})))`)
      }
      if (sets.length === 0) return 0
      return (await transaction.run(`UPDATE runs SET ${sets.join(', ')} WHERE ${CHOSEN}`, params)).changes
    },
    async joinRepeats(transaction, runId, group) {
      await transaction.run('UPDATE runs SET repeats = ?2 WHERE id = ?1', [runId, group])
    },
    async copyCurves(transaction, from, to, step) {
      const [target, source] = ['(SELECT number FROM runs WHERE id = ?2)', '(SELECT number FROM runs WHERE id = ?1)']
      await transaction.run(
        `INSERT INTO metrics (run, series, step, value) SELECT ${target}, series, step, value FROM metrics
         WHERE run = ${source} AND series IN (SELECT number FROM series) AND step <= ?3`,
        [from, to, step],
      )
      await transaction.run(`INSERT INTO widths (run, step, bits) SELECT ${target}, step, bits FROM widths WHERE run = ${source} AND step <= ?3`, [from, to, step])
      await transaction.run(
        `INSERT INTO width_gradients (run, step, first_step, task, size) SELECT ${target}, step, first_step, task, size FROM width_gradients
         WHERE run = ${source} AND step <= ?3`,
        [from, to, step],
      )
      await cutBuckets(transaction, to, 0)
    },
    async folders(runIds) {
      const rows = await reader.all(`SELECT id, folder, binned_at IS NOT NULL AS inBin FROM runs WHERE ${CHOSEN}`, [JSON.stringify(runIds)])
      return z.array(z.object({ id: z.string(), folder: z.string(), inBin: z.number().transform((value) => value === 1) })).parse(rows)
    },
    async forget(transaction, runIds) {
      await transaction.run(`DELETE FROM runs WHERE ${CHOSEN} AND binned_at IS NOT NULL`, [JSON.stringify(runIds)])
    },
  }
}

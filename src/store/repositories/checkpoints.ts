import { z } from 'zod'
import { Checkpoint } from '../../contract/entities'
import type { Reader, Transaction } from '../database'

const COLUMNS = 'c.id, r.id AS runId, c.step, c.phase, c.file, c.size_bytes AS sizeBytes, c.sha256, c.created_at AS createdAt'
export const checkpointListSql = `SELECT ${COLUMNS} FROM checkpoints c JOIN runs r ON r.number = c.run WHERE r.id = ? ORDER BY c.step DESC, c.id DESC`

export interface CheckpointRepository {
  /** Records a file that is complete on disk; one written again under the same name replaces its record. */
  insert(transaction: Transaction, checkpoint: Omit<Checkpoint, 'id'>): Promise<Checkpoint>
  /** Newest step first. */
  list(runId: string): Promise<Checkpoint[]>
  /** Forgets the records of these files of a run; the files stay. */
  deleteFiles(transaction: Transaction, runId: string, files: readonly string[]): Promise<void>
  /** Forgets the records behind `step` (all with -1); the files stay. */
  deleteAfter(transaction: Transaction, runId: string, step: number): Promise<void>
}

export function createCheckpointRepository(reader: Reader): CheckpointRepository {
  return {
    async insert(transaction, checkpoint) {
      const { runId, step, phase, file, sizeBytes, sha256, createdAt } = checkpoint
      await transaction.run('DELETE FROM checkpoints WHERE run = (SELECT number FROM runs WHERE id = ?) AND file = ?', [runId, file])
      const { lastId } = await transaction.run(
        'INSERT INTO checkpoints (run, step, phase, file, size_bytes, sha256, created_at) SELECT number, ?, ?, ?, ?, ?, ? FROM runs WHERE id = ?',
        [step, phase, file, sizeBytes, sha256, createdAt, runId],
      )
      return { id: lastId, ...checkpoint }
    },
    async list(runId) {
      return z.array(Checkpoint).parse(await reader.all(checkpointListSql, [runId]))
    },
    async deleteFiles(transaction, runId, files) {
      await transaction.run(
        'DELETE FROM checkpoints WHERE run = (SELECT number FROM runs WHERE id = ?1) AND file IN (SELECT value FROM json_each(?2))',
        [runId, JSON.stringify(files)],
      )
    },
    async deleteAfter(transaction, runId, step) {
      await transaction.run('DELETE FROM checkpoints WHERE run = (SELECT number FROM runs WHERE id = ?) AND step > ?', [runId, step])
    },
  }
}

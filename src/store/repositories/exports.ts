import { z } from 'zod'
import { ExportRecord, FileSize, Verification } from '../../contract/exports'
import type { Reader, Transaction } from '../database'

const json = <S extends z.ZodType>(schema: S) => z.string().transform((text) => schema.parse(JSON.parse(text)))
const Row = ExportRecord.extend({ size: json(FileSize), verification: json(Verification).nullable() })

const COLUMNS = `e.id, r.id AS runId, e.format, e.file, e.sha256, e.size, e.checkpoint_sha256 AS checkpointSha256, e.created_at AS createdAt, e.verification
  FROM exports e JOIN runs r ON r.number = e.run`

export interface ExportRepository {
  /** Records a file that is complete on disk; one written again in the same place replaces its record. */
  insert(transaction: Transaction, record: Omit<ExportRecord, 'id' | 'verification'>): Promise<ExportRecord>
  setVerification(transaction: Transaction, id: number, verification: Verification): Promise<void>
  /** Newest first. */
  list(runId: string): Promise<ExportRecord[]>
  /** The file made last with this content, or in this place. */
  find(by: { readonly file: string } | { readonly sha256: string }): Promise<ExportRecord | null>
}

export function createExportRepository(reader: Reader): ExportRepository {
  return {
    async insert(transaction, record) {
      const { runId, format, file, sha256, size, checkpointSha256, createdAt } = record
      await transaction.run('DELETE FROM exports WHERE file = ?', [file])
      const { lastId } = await transaction.run(
        `INSERT INTO exports (run, format, file, sha256, size, checkpoint_sha256, created_at)
         SELECT number, ?, ?, ?, ?, ?, ? FROM runs WHERE id = ?`,
        [format, file, sha256, JSON.stringify(size), checkpointSha256, createdAt, runId],
      )
      return { id: lastId, ...record, verification: null }
    },
    async setVerification(transaction, id, verification) {
      await transaction.run('UPDATE exports SET verification = ? WHERE id = ?', [JSON.stringify(verification), id])
    },
    async list(runId) {
      return z.array(Row).parse(await reader.all(`SELECT ${COLUMNS} WHERE r.id = ? ORDER BY e.id DESC`, [runId]))
    },
    async find(by) {
      const [column, value] = 'file' in by ? ['file', by.file] : ['sha256', by.sha256]
      const row = await reader.get(`SELECT ${COLUMNS} WHERE e.${column} = ? ORDER BY e.id DESC LIMIT 1`, [value])
      return row === null ? null : Row.parse(row)
    },
  }
}

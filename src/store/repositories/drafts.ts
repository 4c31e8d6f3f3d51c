import { z } from 'zod'
import type { Reader, Transaction } from '../database'

const DraftRow = z.object({ text: z.string(), updatedAt: z.int() })
export type Draft = z.infer<typeof DraftRow>

/** Texts that were not saved yet, by a key that whoever edits them chooses. */
export interface DraftRepository {
  get(key: string): Promise<Draft | null>
  put(transaction: Transaction, key: string, draft: Draft): Promise<void>
  remove(transaction: Transaction, key: string): Promise<void>
  keys(): Promise<Set<string>>
}

export function createDraftRepository(reader: Reader): DraftRepository {
  return {
    async get(key) {
      const row = await reader.get('SELECT text, updated_at AS updatedAt FROM drafts WHERE key = ?', [key])
      return row === null ? null : DraftRow.parse(row)
    },
    async put(transaction, key, { text, updatedAt }) {
      await transaction.run(
        'INSERT INTO drafts (key, text, updated_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at',
        [key, text, updatedAt],
      )
    },
    async remove(transaction, key) {
      await transaction.run('DELETE FROM drafts WHERE key = ?', [key])
    },
    async keys() {
      return new Set((await reader.all('SELECT key FROM drafts')).map((row) => String(row['key'])))
    },
  }
}

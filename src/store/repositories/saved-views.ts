import { z } from 'zod'
import { SavedView } from '../../contract/run-table'
import type { Reader, Transaction } from '../database'

export interface SavedViewRepository {
  /** By name. */
  list(kind: SavedView['kind']): Promise<SavedView[]>
  /** One with the same kind and name is replaced. */
  save(transaction: Transaction, view: Pick<SavedView, 'kind' | 'name' | 'state' | 'updatedAt'>): Promise<number>
  remove(transaction: Transaction, id: number): Promise<void>
}

const Row = z.object({ ...SavedView.shape, state: z.string().transform((text): unknown => JSON.parse(text)) })

export function createSavedViewRepository(reader: Reader): SavedViewRepository {
  return {
    async list(kind) {
      const rows = await reader.all(
        'SELECT id, kind, name, state, updated_at AS updatedAt FROM saved_views WHERE kind = ? ORDER BY name COLLATE NOCASE',
        [kind],
      )
      return z.array(Row).parse(rows)
    },
    async save(transaction, { kind, name, state, updatedAt }) {
      const row = await transaction.get(
        `INSERT INTO saved_views (kind, name, state, updated_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, name) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at RETURNING id`,
        [kind, name, JSON.stringify(state), updatedAt],
      )
      return Number(row?.['id'])
    },
    async remove(transaction, id) {
      await transaction.run('DELETE FROM saved_views WHERE id = ?', [id])
    },
  }
}

import type { Reader, Transaction } from '../database'

/** The order in which queued runs wait, and whether anything is started. */
export interface QueueRepository {
  /** Ids of the queued runs, the next one first; those that were never moved by age, last. */
  order(): Promise<string[]>
  /** Keeps the order of the runs. */
  keepOrder(transaction: Transaction, runIds: readonly string[]): Promise<void>
  isPaused(): Promise<boolean>
  setPaused(transaction: Transaction, paused: boolean): Promise<void>
  /** How many runs may train at a time. */
  atOnce(): Promise<number>
  setAtOnce(transaction: Transaction, atOnce: number): Promise<void>
}

export function createQueueRepository(reader: Reader): QueueRepository {
  return {
    async order() {
      return (await reader.all("SELECT id FROM runs WHERE status = 'queued' ORDER BY queue_place NULLS LAST, id")).map((row) => String(row['id']))
    },
    async keepOrder(transaction, runIds) {
      await transaction.run('UPDATE runs SET queue_place = NULL WHERE queue_place IS NOT NULL')
      await transaction.run('UPDATE runs AS r SET queue_place = one.key FROM json_each(?) AS one WHERE one.value = r.id', [JSON.stringify(runIds)])
    },
    async isPaused() {
      return (await reader.get('SELECT paused FROM queue'))?.['paused'] === 1
    },
    async setPaused(transaction, paused) {
      await transaction.run('UPDATE queue SET paused = ?', [paused ? 1 : 0])
    },
    async atOnce() {
      return Number((await reader.get('SELECT at_once FROM queue'))?.['at_once'] ?? 1)
    },
    async setAtOnce(transaction, atOnce) {
      await transaction.run('UPDATE queue SET at_once = ?', [atOnce])
    },
  }
}

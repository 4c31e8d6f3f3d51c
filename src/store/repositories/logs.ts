import { z } from 'zod'
import { LogEntry } from '../../contract/entities'
import type { Reader, Transaction } from '../database'

export type NewLogEntry = Omit<LogEntry, 'seq'>

export interface LogRepository {
  /** Numbers the entries on from the run's last one and returns them so. */
  append(transaction: Transaction, runId: string, entries: readonly NewLogEntry[]): Promise<LogEntry[]>
  /** Entries with a number above `after`, in order. */
  page(runId: string, after: number, limit: number): Promise<LogEntry[]>
}

const OF_RUN = 'FROM logs WHERE run = (SELECT number FROM runs WHERE id = ?1)'
export const logPageSql = `SELECT seq, time, level, message ${OF_RUN} AND seq > ?2 ORDER BY seq LIMIT ?3`

export function createLogRepository(reader: Reader): LogRepository {
  return {
    async append(transaction, runId, entries) {
      if (entries.length === 0) return []
      const last = Number((await transaction.get(`SELECT coalesce(max(seq), 0) AS last ${OF_RUN}`, [runId]))?.['last'])
      const numbered = entries.map((entry, index) => ({ ...entry, time: Math.round(entry.time), seq: last + 1 + index }))
      await transaction.run(
        `INSERT INTO logs (run, seq, time, level, message)
         SELECT r.number, e.value ->> 'seq', e.value ->> 'time', e.value ->> 'level', e.value ->> 'message' FROM json_each(?2) AS e JOIN runs AS r ON r.id = ?1`,
        [runId, JSON.stringify(numbered)],
      )
      return numbered
    },
    async page(runId, after, limit) {
      return z.array(LogEntry).parse(await reader.all(logPageSql, [runId, after, limit]))
    },
  }
}

import { StudioError } from '../contract/errors'
import type { Database, Transaction } from './database'

/** One step of the schema. Never change one that was released: add the next. */
export interface Migration {
  /** 1, 2, 3 … without gaps: the `user_version` after it. */
  readonly version: number
  readonly name: string
  up(transaction: Transaction): Promise<void>
}

export async function readVersion(database: Pick<Database, 'get'>): Promise<number> {
  return Number((await database.get('PRAGMA user_version'))?.['user_version'] ?? 0)
}

export interface MigrateOptions {
  /** File for the copy of a database that is about to be changed; must not exist. */
  readonly backupTo: (fromVersion: number) => string
}

/**
 * Brings the schema up to date: all pending steps or none. A database that already holds something is copied first.
 * Rejects with DATABASE_NEWER when a newer program has written it.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<{ from: number; to: number; backup: string | null }> {
  const from = await readVersion(database)
  const newest = migrations.at(-1)?.version ?? 0
  if (from > newest) {
    throw new StudioError(
      'DATABASE_NEWER',
      `${database.file} was written by a newer version of FracBits Studio (its format is ${from}, this program knows ${newest}). Update the program, or choose another workspace.`,
    )
  }
  const pending = migrations.filter(({ version }) => version > from)
  if (pending.length === 0) return { from, to: from, backup: null }
  const backup = from === 0 ? null : options.backupTo(from)
  if (backup !== null) await database.copyTo(backup)
  await database.transaction(async (transaction) => {
    for (const { up } of pending) await up(transaction)
    await transaction.exec(`PRAGMA user_version = ${newest}`)
  })
  return { from, to: newest, backup }
}

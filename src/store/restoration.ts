import { rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StudioError } from '../contract/errors'
import { copyFileAtomic, syncFolder } from '../util/atomic-write'
import { exists } from '../util/exists'
import type { Backup, Backups } from './backups'
import { checkDatabaseFile, corrupt, type Database, openDatabase } from './database'

/** What was done about a damaged database. */
export interface Restoration {
  readonly backup: Backup
  /** Where the damaged file lies now. */
  readonly damagedFile: string
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
/** A complete copy under this name says that the database beside it is to be replaced by it. */
const readyName = (file: string): string => `${file}.restoring`

/** Moves the damaged files aside and the copy into their place. Done again from anywhere in it, it ends the same. */
async function putInPlace(file: string, damagedFile: string): Promise<void> {
  for (const suffix of ['-wal', '-shm', '']) if (await exists(file + suffix)) await rename(file + suffix, damagedFile + suffix)
  await rename(readyName(file), file)
  await syncFolder(dirname(file))
}

/** The newest copy that is whole and that this program can read. */
async function newestGood(backups: Backups, newestFormat: number): Promise<Backup | null> {
  for (const backup of await backups.list()) {
    try {
      if ((await checkDatabaseFile(backup.file)) <= newestFormat) return backup
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'DATABASE_CORRUPT')) throw error
    }
  }
  return null
}

/** A file of no bytes is a valid, empty database for SQLite; with copies of a fuller one beside it, it is what a failing disk has left. */
async function wasEmptied(file: string, backups: Backups): Promise<boolean> {
  const size = await stat(file).then(
    (found) => found.size,
    () => null,
  )
  return size === 0 && !(await exists(`${file}-wal`)) && (await backups.list()).length > 0
}

/**
 * Opens a database after checking it. A damaged one is moved aside (never deleted) and replaced by the newest good copy.
 * Rejects with DATABASE_CORRUPT when there is no good copy (everything is left as it was then), or with what {@link openDatabase} rejects with.
 */
export async function openOrRestore(
  file: string,
  backups: Backups,
  newestFormat: number,
  now: () => number,
): Promise<{ database: Database; restoration: Restoration | null }> {
  const damagedFile = `${file}.damaged-${new Date(now()).toISOString().replaceAll(/[^0-9]/g, '')}`
  // A process that was killed while it did this had chosen the copy already.
  if (await exists(readyName(file))) await putInPlace(file, damagedFile)
  try {
    if (await wasEmptied(file, backups)) throw corrupt(file, 'the file is empty')
    return { database: await openDatabase(file), restoration: null }
  } catch (error) {
    if (codeOf(error) !== 'DATABASE_CORRUPT') throw error
    const backup = await newestGood(backups, newestFormat)
    if (backup === null) throw error
    await copyFileAtomic(backup.file, readyName(file))
    await putInPlace(file, damagedFile)
    return { database: await openDatabase(file), restoration: { backup, damagedFile } }
  }
}

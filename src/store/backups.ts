import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Database } from './database'

const EVERY_MS = 3_600_000
const DAY_MS = 24 * EVERY_MS
const NEWEST_KEPT = 3
const DAYS_KEPT = 7

export interface Backup {
  readonly file: string
  /** Milliseconds since 1970, by the clock of then. */
  readonly takenAt: number
}

/** Copies of a database that are kept in `backups/` beside it, so that a damaged one can be replaced. */
export interface Backups {
  /** Newest first. */
  list(): Promise<Backup[]>
  /** Copies the database and deletes the copies that have become superfluous. */
  take(database: Pick<Database, 'copyTo'>): Promise<Backup>
  /** Takes a copy when the newest one is an hour (or so many milliseconds) old, or from the future of a clock that was set back. */
  takeWhenDue(database: Pick<Database, 'copyTo'>, everyMs?: number): Promise<Backup | null>
}

const stamp = (time: number): string => new Date(time).toISOString().replaceAll(':', '')

function timeOf(name: string, prefix: string): number | null {
  const match = new RegExp(`^${prefix}-(\\d{4}-\\d\\d-\\d\\dT)(\\d\\d)(\\d\\d)(\\d\\d\\.\\d{3}Z)\\.db$`).exec(name)
  if (match === null) return null
  const [, day, hours, minutes, rest] = match
  const time = Date.parse(`${day ?? ''}${hours ?? ''}:${minutes ?? ''}:${rest ?? ''}`)
  return Number.isNaN(time) ? null : time
}

/** The copies to delete: all but the three newest and the newest of each of the seven newest days. `backups` is sorted, newest first. */
export function superfluous(backups: readonly Backup[]): Backup[] {
  const newestOfDay = new Map<number, Backup>()
  for (const backup of backups) {
    const day = Math.floor(backup.takenAt / DAY_MS)
    if (!newestOfDay.has(day)) newestOfDay.set(day, backup)
  }
  const kept = new Set([...backups.slice(0, NEWEST_KEPT), ...[...newestOfDay.values()].slice(0, DAYS_KEPT)])
  return backups.filter((backup) => !kept.has(backup))
}

export function createBackups(databaseFile: string, now: () => number = Date.now): Backups {
  const folder = join(dirname(databaseFile), 'backups')
  const prefix = basename(databaseFile, '.db')

  const list = async (): Promise<Backup[]> => {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const found = names.flatMap((name) => {
      const takenAt = timeOf(name, prefix)
      return takenAt === null ? [] : [{ file: join(folder, name), takenAt }]
    })
    return found.sort((a, b) => b.takenAt - a.takenAt)
  }
  const take = async (database: Pick<Database, 'copyTo'>): Promise<Backup> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const takenAt = now()
    const file = join(folder, `${prefix}-${stamp(takenAt)}.db`)
    await database.copyTo(file)
    // What a process that was killed in the middle of a copy has left, too.
    const abandoned = (await readdir(folder)).filter((name) => name.endsWith('.tmp')).map((name) => join(folder, name))
    for (const old of [...abandoned, ...superfluous(await list()).map((backup) => backup.file)]) await rm(old, { force: true })
    return { file, takenAt }
  }
  return {
    list,
    take,
    async takeWhenDue(database, everyMs = EVERY_MS) {
      const [newest] = await list()
      const age = newest === undefined ? Infinity : now() - newest.takenAt
      return age >= 0 && age < everyMs ? null : take(database)
    },
  }
}

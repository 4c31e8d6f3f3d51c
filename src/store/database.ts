import sqlite3 from 'sqlite3'
import { StudioError } from '../contract/errors'
import { makeFileAtomic } from '../util/atomic-write'

export type SqlValue = string | number | null | Uint8Array
export type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>
export type Row = Readonly<Record<string, unknown>>

/** Reads and writes within one transaction; valid until its function is done. */
export interface Transaction extends Reader {
  /** Number of rows changed and the row id of the last insert. */
  run(sql: string, params?: SqlParams): Promise<{ changes: number; lastId: number }>
  /** Several statements without parameters. */
  exec(sql: string): Promise<void>
}

export interface Reader {
  get(sql: string, params?: SqlParams): Promise<Row | null>
  all(sql: string, params?: SqlParams): Promise<Row[]>
}

export interface Database extends Reader {
  readonly file: string
  /** Runs `fn` alone: no other write of this process comes in between. Rolled back when `fn` rejects. Must not be nested. */
  transaction<T>(fn: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Statements that SQLite refuses inside a transaction (VACUUM, some pragmas), in turn with the transactions. */
  outside<T>(fn: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Writes a whole, defragmented copy of what is committed now. Writers go on meanwhile. `to` must not exist. */
  copyTo(to: string): Promise<void>
  close(): Promise<void>
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '')

/** Gives SQLite's result code a sentence that says what to do. */
function explain(error: unknown, file: string): unknown {
  switch (codeOf(error)) {
    case 'SQLITE_FULL':
      return new StudioError('DISK_FULL', `The disk that holds ${file} is full. Free some space and go on.`, { cause: error })
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return corrupt(file, error)
    case 'SQLITE_BUSY':
      return new StudioError('WORKSPACE_LOCKED', `Another program holds ${file} locked. Close it and try again.`, { cause: error })
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
      return new StudioError('CONFLICT', `${file} can't be opened for writing. Check the permissions of its folder, or choose another workspace.`, {
        cause: error,
      })
    default:
      return error
  }
}

export const corrupt = (file: string, cause?: unknown): StudioError =>
  new StudioError(
    'DATABASE_CORRUPT',
    `The database ${file} is damaged and there is no good copy of it. Move it away (and the files beside it that end in -wal and -shm) and start again, or put a copy in its place.`,
    { cause },
  )

interface Connection extends Transaction {
  close(): Promise<void>
}

/** Promises around one sqlite3 handle. */
async function connect(file: string, mode: number): Promise<Connection> {
  const handle = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened: sqlite3.Database = new sqlite3.Database(file, mode, (error) => (error === null ? resolve(opened) : reject(explain(error, file))))
  })
  const settle = <T>(work: (done: (error: Error | null, value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => work((error, value) => (error ? reject(explain(error, file)) : resolve(value))))
  return {
    run: (sql, params = []) =>
      settle((done) =>
        handle.run(sql, params, function (this: sqlite3.RunResult, error: Error | null) {
          done(error, { changes: this.changes, lastId: this.lastID })
        }),
      ),
    exec: (sql) => settle<void>((done) => handle.exec(sql, (error) => done(error, undefined))),
    get: (sql, params = []) => settle((done) => handle.get<Row | undefined>(sql, params, (error, row) => done(error, row ?? null))),
    all: (sql, params = []) => settle((done) => handle.all<Row>(sql, params, done)),
    close: () => settle<void>((done) => handle.close((error) => done(error, undefined))),
  }
}

const readOnly = async <T>(file: string, use: (connection: Connection) => Promise<T>): Promise<T> => {
  const connection = await connect(file, sqlite3.OPEN_READONLY)
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

/** The format number of a database file that is whole in every page and index. Rejects with DATABASE_CORRUPT. Leaves no files beside it. */
export function checkDatabaseFile(file: string): Promise<number> {
  return readOnly(file, async (connection) => {
    const check = await connection.get('PRAGMA integrity_check(1)')
    if (check === null || check['integrity_check'] !== 'ok') throw corrupt(file, check?.['integrity_check'])
    return Number((await connection.get('PRAGMA user_version'))?.['user_version'] ?? 0)
  })
}

/** Lets one function at a time in; sqlite3 would interleave the statements of concurrent ones on the connection. */
function createMutex(): <T>(fn: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (fn) => {
    const turn = last.then(fn, fn)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** SQLite ends a transaction by itself after some errors, a full disk among them. */
async function rollBack(writer: Connection): Promise<void> {
  try {
    await writer.exec('ROLLBACK')
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error
  }
}

/** Opens or creates a database: one connection that writes, one that only reads. Rejects with DATABASE_CORRUPT, WORKSPACE_LOCKED or CONFLICT. */
export async function openDatabase(file: string): Promise<Database> {
  const writer = await connect(file, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE)
  let reader: Connection
  try {
    await writer.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;')
    const check = await writer.get('PRAGMA quick_check(1)')
    if (check === null || check['quick_check'] !== 'ok') throw corrupt(file, check?.['quick_check'])
    reader = await connect(file, sqlite3.OPEN_READONLY)
    await reader.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;')
  } catch (error) {
    await writer.close()
    throw error
  }
  const alone = createMutex()
  return {
    file,
    get: (sql, params) => reader.get(sql, params),
    all: (sql, params) => reader.all(sql, params),
    transaction: (fn) =>
      alone(async () => {
        await writer.exec('BEGIN IMMEDIATE')
        try {
          const result = await fn(writer)
          await writer.exec('COMMIT')
          return result
        } catch (error) {
          await rollBack(writer)
          throw error
        }
      }),
    outside: (fn) => alone(() => fn(writer)),
    copyTo: (to) =>
      makeFileAtomic(to, (temporary) => readOnly(file, async (connection) => void (await connection.run('VACUUM INTO ?', [temporary])))),
    close: () =>
      alone(async () => {
        await reader.close()
        await writer.close()
      }),
  }
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { type Database, openDatabase } from './database'

const dir = makeTempDir
let temp: ReturnType<typeof dir>
let file: string
const opened: Database[] = []
const open = async (): Promise<Database> => {
  const database = await openDatabase(file)
  opened.push(database)
  return database
}

beforeEach(() => {
  temp = dir()
  file = join(temp.path, 'studio.db')
})
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
  temp.remove()
})

describe('database', () => {
  it('writes ahead, checks foreign keys and reads what was committed', async () => {
    const database = await open()
    await database.transaction((t) => t.exec('CREATE TABLE a (n INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (n INTEGER REFERENCES a) STRICT'))
    await database.transaction((t) => t.run('INSERT INTO a VALUES (?)', [1]))
    expect(await database.get('SELECT n FROM a')).toEqual({ n: 1 })
    expect(await database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
    await expect(database.transaction((t) => t.run('INSERT INTO b VALUES (7)'))).rejects.toThrow(/FOREIGN KEY/)
  })

  it('never lets the statements of two transactions mix, and rolls a failed one back', async () => {
    const database = await open()
    await database.transaction((t) => t.exec('CREATE TABLE a (n INTEGER, who TEXT) STRICT'))
    const write = (who: string, fail: boolean) =>
      database.transaction(async (t) => {
        for (let n = 0; n < 5; n++) await t.run('INSERT INTO a VALUES (?, ?)', [n, who])
        if (fail) throw new Error(who)
      })
    const outcomes = await Promise.allSettled([write('first', false), write('second', true), write('third', false)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const rows = await database.all('SELECT who FROM a ORDER BY rowid')
    expect(rows.map(({ who }) => who)).toEqual([...Array<string>(5).fill('first'), ...Array<string>(5).fill('third')])
  })

  it('can not be written through its reading side', async () => {
    const database = await open()
    await database.transaction((t) => t.exec('CREATE TABLE a (n INTEGER) STRICT'))
    await expect(database.all('INSERT INTO a VALUES (1)')).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('says that the disk is full, and works again when there is room', async () => {
    const database = await open()
    await database.transaction((t) => t.exec('CREATE TABLE a (b BLOB) STRICT'))
    await database.outside((t) => t.exec('PRAGMA max_page_count = 4'))
    const big = (): Promise<unknown> => database.transaction((t) => t.run('INSERT INTO a VALUES (zeroblob(100000))'))
    await expect(big()).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(file) as unknown })
    await database.outside((t) => t.exec('PRAGMA max_page_count = 100000'))
    await big()
    expect(await database.get('SELECT count(*) AS n FROM a')).toEqual({ n: 1 })
  })

  it('refuses a file that is no database, and a damaged one, by name', async () => {
    writeFileSync(file, 'These are no tables. '.repeat(200))
    await expect(open()).rejects.toMatchObject({ code: 'DATABASE_CORRUPT', message: expect.stringContaining(file) as unknown })
  })

  it('says that the folder can not be written', async () => {
    mkdirSync(file)
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

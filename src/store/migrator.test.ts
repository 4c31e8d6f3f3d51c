import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { openDatabase } from './database'
import { migrations } from './migrations/index'
import type { Migration } from './migrator'
import { readVersion } from './migrator'
import { openStore } from './store'

let temp: ReturnType<typeof makeTempDir>
let file: string
beforeEach(() => {
  temp = makeTempDir()
  file = join(temp.path, 'studio.db')
})
afterEach(() => temp.remove())

const next = (up: Migration['up']): Migration => ({ version: migrations.length + 1, name: 'test', up })

describe('migrator', () => {
  it('numbers its steps without gaps', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
  })

  it('creates a new database without a copy and leaves an up-to-date one alone', async () => {
    await (await openStore(file)).close()
    const store = await openStore(file)
    expect(await readVersion(store.database)).toBe(migrations.length)
    await store.close()
    expect(readdirSync(temp.path).filter((name) => name.endsWith('.bak'))).toEqual([])
  })

  it('copies a database before it changes it', async () => {
    await (await openStore(file)).close()
    const store = await openStore(file, [...migrations, next((t) => t.exec('CREATE TABLE more (n INTEGER) STRICT'))])
    expect(await store.database.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'more'")).toEqual({ n: 1 })
    await store.close()
    const [copy] = readdirSync(temp.path).filter((name) => name.endsWith('.bak'))
    const before = await openDatabase(join(temp.path, copy ?? ''))
    expect(await readVersion(before)).toBe(migrations.length)
    await before.close()
  })

  it('changes nothing when one step fails', async () => {
    await (await openStore(file)).close()
    const broken = next(async (t) => {
      await t.exec('CREATE TABLE half (n INTEGER) STRICT')
      throw new Error('no')
    })
    await expect(openStore(file, [...migrations, broken])).rejects.toThrow('no')
    const store = await openStore(file)
    expect(await store.database.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'")).toEqual({ n: 0 })
    await store.close()
  })

  it('refuses a database of a newer program', async () => {
    await (await openStore(file, [...migrations, next(() => Promise.resolve())])).close()
    await expect(openStore(file)).rejects.toMatchObject({ code: 'DATABASE_NEWER', message: expect.stringContaining(file) as unknown })
  })
})

import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdSource } from '../util/ids'
import { makeTempDir } from '../util/temp-dir'
import { type Backup, superfluous } from './backups'
import { migrations } from './migrations/index'
import { openStore, type Store } from './store'

const HOUR = 3_600_000
let temp: ReturnType<typeof makeTempDir>
let file: string
let time = Date.parse('2026-03-01T12:00:00Z')
const newId = createIdSource(() => time)
const open = (): Promise<Store> => openStore(file, migrations, () => time)

beforeEach(() => {
  temp = makeTempDir()
  file = join(temp.path, 'studio.db')
  time = Date.parse('2026-03-01T12:00:00Z')
})
afterEach(() => temp.remove())

async function addRun(store: Store): Promise<string> {
  const id = newId()
  const run = { id, name: 'r', model: 'm', dataset: 'd', status: 'finished', phase: 'done', step: 0, totalSteps: 0, createdAt: time } as const
  await store.transaction(async (t) => {
    await store.runs.insert(t, { ...run, targetRate: null, config: { filler: 'x'.repeat(2000) }, dataDir: '/', folder: '/', workers: 0 })
    const steps = Array.from({ length: 500 }, (_, index) => index)
    await store.metrics.append(t, id, [{ key: 'train/loss', steps, values: steps }])
  })
  return id
}
const idsOf = async (store: Store): Promise<string[]> => (await store.runs.list({ limit: 100, before: null })).map(({ id }) => id).reverse()

/** A database with a run that its newest copy has, too, and one that came later. */
async function fill(): Promise<{ inCopy: string[]; later: string }> {
  const store = await open()
  const first = await addRun(store)
  await store.backUpWhenDue()
  time += 2 * HOUR
  const second = await addRun(store)
  expect(await store.backUpWhenDue()).toBe(true)
  const later = await addRun(store)
  await store.close()
  return { inCopy: [first, second], later }
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 167 + 13) & 255)
const copies = (): string[] =>
  readdirSync(join(temp.path, 'backups'))
    .sort()
    .map((name) => join(temp.path, 'backups', name))

describe('a damaged database', () => {
  it.each([
    ['its first page overwritten', () => overwrite(file, 0, noise(4096))],
    ['a page in its middle overwritten', () => overwrite(file, Math.floor(statSync(file).size / 8192) * 4096, noise(4096))],
    ['its last half cut off', () => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
    ['no byte left', () => truncateSync(file, 0)],
    ['become something else', () => writeFileSync(file, 'not a database at all, not a database at all')],
  ])('with %s is replaced by its newest good copy, and kept', async (_, damage) => {
    const { inCopy } = await fill()
    damage()
    const damaged = readFileSync(file)
    const store = await open()
    expect(await idsOf(store)).toEqual(inCopy)
    expect(store.restoration?.backup.file).toBe(copies().at(-1))
    expect(readFileSync(store.restoration?.damagedFile ?? '').equals(damaged)).toBe(true)
    await addRun(store)
    await store.close()
    const again = await open()
    expect(again.restoration).toBeNull()
    expect(await idsOf(again)).toHaveLength(3)
    await again.close()
  })

  it('takes the copy before when the newest is damaged, too', async () => {
    const { inCopy } = await fill()
    overwrite(copies().at(-1) ?? '', 4096, noise(8192))
    overwrite(file, 0, noise(4096))
    const store = await open()
    expect(await idsOf(store)).toEqual(inCopy.slice(0, 1))
    await store.close()
  })

  it('is left as it is when no copy is good', async () => {
    await fill()
    for (const copy of copies()) truncateSync(copy, 5000)
    overwrite(file, 0, noise(4096))
    const before = readFileSync(file)
    await expect(open()).rejects.toMatchObject({ code: 'DATABASE_CORRUPT', message: expect.stringContaining('no good copy') as unknown })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(temp.path).filter((name) => name.includes('damaged') || name.includes('restoring'))).toEqual([])
  })

  it('is not replaced by a copy of a newer program', async () => {
    const { inCopy } = await fill()
    const next = { version: migrations.length + 1, name: 'next', up: () => Promise.resolve() }
    const newer = await openStore(copies().at(-1) ?? '', [...migrations, next])
    await newer.close()
    overwrite(file, 0, noise(4096))
    const store = await open()
    expect(await idsOf(store)).toEqual(inCopy.slice(0, 1))
    await store.close()
  })
})

describe('a replacement that was interrupted', () => {
  it.each([
    ['before anything was moved', () => undefined],
    ['when the damaged file was moved', () => renameSync(file, `${file}.damaged-1`)],
  ])('%s is finished by the next opening', async (_, until) => {
    const { inCopy } = await fill()
    copyFileSync(copies().at(-1) ?? '', `${file}.restoring`)
    writeFileSync(`${file}-wal`, 'left of the damaged one')
    overwrite(file, 0, noise(4096))
    until()
    const store = await open()
    expect(await idsOf(store)).toEqual(inCopy)
    expect(existsSync(`${file}.restoring`)).toBe(false)
    await store.close()
  })
})

describe('copies', () => {
  it('are taken once an hour, whatever becomes of the clock, while others write', async () => {
    const store = await open()
    const writing = addRun(store)
    expect(await store.backUpWhenDue()).toBe(true)
    await writing
    expect(await store.backUpWhenDue()).toBe(false)
    time += HOUR
    expect(await store.backUpWhenDue()).toBe(true)
    time -= 48 * HOUR
    expect(await store.backUpWhenDue()).toBe(true)
    await store.close()
    expect(copies().map((copy) => basename(copy))).toEqual([
      'studio-2026-02-27T130000.000Z.db',
      'studio-2026-03-01T120000.000Z.db',
      'studio-2026-03-01T130000.000Z.db',
    ])
  })

  it('are kept: the three newest, and one a day for a week', () => {
    const at = (day: number, hour: number): Backup => ({ file: `${day}-${hour}`, takenAt: (100 - day) * 24 * HOUR + hour * HOUR })
    const all = Array.from({ length: 10 }, (_, day) => [at(day, 20), at(day, 12), at(day, 6), at(day, 1)]).flat()
    const gone = new Set(superfluous(all).map((backup) => backup.file))
    expect(all.filter((backup) => !gone.has(backup.file)).map((backup) => backup.file)).toEqual([
      '0-20',
      '0-12',
      '0-6',
      '1-20',
      '2-20',
      '3-20',
      '4-20',
      '5-20',
      '6-20',
    ])
  })

  it('leave no unfinished file of a killed process behind', async () => {
    const store = await open()
    await store.backUpWhenDue()
    writeFileSync(join(temp.path, 'backups', 'studio-x.db.0123.tmp'), 'half a copy')
    time += HOUR
    await store.backUpWhenDue()
    await store.close()
    expect(readdirSync(join(temp.path, 'backups')).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

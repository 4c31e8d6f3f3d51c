import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomic } from './atomic-write'
import { sha256OfFile } from './file-hash'
import { createFileLogger } from './file-logger'
import { createIdSource } from './ids'
import { cacheFolder, findDemoData, type Surroundings, workspaceFolder } from './paths'
import { makeTempDir } from './temp-dir'

let temp: ReturnType<typeof makeTempDir>
beforeEach(() => {
  temp = makeTempDir()
})
afterEach(() => temp.remove())

describe('ids', () => {
  it('increase strictly, also when the clock stands still or goes back', () => {
    const times = [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_800_000_000_000]
    const next = createIdSource(() => times.shift() ?? 1_900_000_000_000)
    const ids = Array.from({ length: 5 }, next)
    expect(ids).toEqual([...ids].sort())
    expect(new Set(ids).size).toBe(5)
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{14}$/)
  })
})

describe('atomic write', () => {
  it('replaces a file whole and leaves nothing else behind', async () => {
    const file = join(temp.path, 'a.json')
    await writeFileAtomic(file, 'one')
    await writeFileAtomic(file, 'two')
    expect(readFileSync(file, 'utf8')).toBe('two')
    expect(readdirSync(temp.path)).toEqual(['a.json'])
  })

  it('keeps the old one when it fails', async () => {
    mkdirSync(join(temp.path, 'taken'))
    await expect(writeFileAtomic(join(temp.path, 'taken'), 'x')).rejects.toThrow()
    expect(readdirSync(temp.path)).toEqual(['taken'])
  })
})

describe('file hash', () => {
  it('is SHA-256', async () => {
    writeFileSync(join(temp.path, 'abc'), 'abc')
    expect(await sha256OfFile(join(temp.path, 'abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('file logger', () => {
  it('writes a JSON object a line, errors with their stack, and starts a new file when one is full', () => {
    const file = join(temp.path, 'logs', 'engine.log')
    const logger = createFileLogger({ file, process: 'engine', maxBytes: 10, now: () => 0 })
    logger.info('first', { runId: 'x' })
    logger.error('second', { error: new Error('why') })
    logger.close()
    expect(JSON.parse(readFileSync(`${file}.1`, 'utf8'))).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      process: 'engine',
      message: 'first',
      runId: 'x',
    })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      level: 'error',
      error: { message: 'why', stack: expect.stringContaining('why') as unknown },
    })
  })
})

describe('paths', () => {
  const linux = (env: Surroundings['env']): Surroundings => ({ env, platform: 'linux', home: '/home/ada' })

  it('follow argument, environment, then the habits of the system', () => {
    expect(workspaceFolder('/w', linux({ FRACBITS_WORKSPACE: '/v' }))).toBe('/w')
    expect(workspaceFolder(null, linux({ FRACBITS_WORKSPACE: '/v' }))).toBe('/v')
    expect(workspaceFolder(null, linux({ XDG_DATA_HOME: '/xdg' }))).toBe('/xdg/fracbits-studio')
    expect(workspaceFolder(null, linux({}))).toBe('/home/ada/.local/share/fracbits-studio')
    expect(workspaceFolder(null, { env: {}, platform: 'darwin', home: '/Users/ada' })).toBe('/Users/ada/Library/Application Support/FracBits Studio')
    expect(cacheFolder(linux({ FRACBITS_CACHE: '/c' }))).toBe('/c')
    expect(cacheFolder(linux({}))).toBe('/home/ada/.cache/fracbits-studio')
  })

  it('find the demo images, plain or compressed, and say which file is missing', async () => {
    const env = { FRACBITS_DEMO_DATA: temp.path }
    for (const name of ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte.gz'])
      writeFileSync(join(temp.path, name), '')
    expect(await findDemoData(linux(env))).toMatchObject({ available: false, problem: expect.stringContaining('t10k-labels-idx1-ubyte') as unknown })
    writeFileSync(join(temp.path, 't10k-labels-idx1-ubyte.gz'), '')
    expect(await findDemoData(linux(env))).toEqual({ available: true, directory: temp.path, problem: null })
  })
})

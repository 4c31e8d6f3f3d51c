import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { api } from '../contract/api'
import { flagKeys } from '../contract/training-config/sample-keys'
import { createMemoryChannels } from '../rpc/memory-channel'
import { makeTempDir } from '../util/temp-dir'
import { confine, CONFIG_PATH_KEYS, PATH_KEYS } from './confine'
import { openRoots } from './roots'

let temp: ReturnType<typeof makeTempDir>
beforeEach(() => {
  temp = makeTempDir()
  for (const folder of ['root/images', 'secret', 'root-beside']) mkdirSync(join(temp.path, folder), { recursive: true })
  writeFileSync(join(temp.path, 'secret/key'), '')
  symlinkSync(join(temp.path, 'secret'), join(temp.path, 'root/way-out'))
  symlinkSync(join(temp.path, 'nowhere'), join(temp.path, 'root/dangling'))
  symlinkSync(join(temp.path, 'root/images'), join(temp.path, 'way-in'))
})
afterEach(() => temp.remove())

describe('a path that a page names', () => {
  it.each([
    ['root', true],
    ['root/images/new/model.onnx', true],
    ['way-in', true],
    ['secret/key', false],
    ['root/../secret/key', false],
    ['root/way-out/key', false],
    ['root/way-out/new', false],
    ['root/way-out/../key', true],
    ['root-beside', false],
    ['root/dangling', false],
    ['root/dangling/new', false],
    ['', false],
  ])('%s is within the root: %s', async (path, within) => {
    const roots = await openRoots([join(temp.path, 'root'), join(temp.path, 'missing')])
    expect(await roots.contain(join(temp.path, path))).toBe(within)
  })

  it('may not hold a zero, nor lead up from a working folder that may be another', async () => {
    const roots = await openRoots([join(temp.path, 'root'), process.cwd()])
    expect(await roots.contain('results')).toBe(true)
    expect(await roots.contain('results/../..')).toBe(false)
    expect(await roots.contain(`${join(temp.path, 'root')}/a\0b`)).toBe(false)
  })
})

/** What the page hears about each call, and the calls that the engine hears of. */
async function send(...frames: unknown[]): Promise<{ heard: unknown[]; passed: unknown[] }> {
  const [page, server] = createMemoryChannels()
  const heard: unknown[] = []
  const passed: unknown[] = []
  page.onMessage((frame) => heard.push(frame))
  const confined = confine(server, await openRoots([join(temp.path, 'root')]))
  const last = new Promise<void>((resolve) => {
    confined.onMessage((frame) => {
      passed.push(frame)
      if ((frame as { id: number }).id === 99) resolve()
    })
  })
  for (const frame of [...frames, { kind: 'cancel', id: 99 }]) page.send(frame)
  await last
  return { heard, passed: passed.slice(0, -1) }
}
const call = (id: number, name: string, input: unknown) => ({ kind: 'call', id, name, input })

describe('a confined line', () => {
  it('refuses calls with a path outside, in an input and in a configuration, and passes the others in order', async () => {
    const outside = join(temp.path, 'root/way-out')
    const good = [
      call(1, 'data.recognise', { folder: join(temp.path, 'root/images') }),
      call(2, 'runs.create', { configText: `{"weights": "${join(temp.path, 'root/w.pth')}"}`, dataDir: null }),
      call(3, 'runs.list', { folder: outside }),
    ]
    const bad = [
      call(4, 'data.recognise', { folder: outside }),
      call(5, 'exports.create', { runId: 'a', file: join(outside, 'model.onnx') }),
      call(6, 'runs.create', { configText: '{}', dataDir: '/etc' }),
      ...CONFIG_PATH_KEYS.map((key, index) => call(7 + index, 'runs.create', { configText: `{/* */ "${key}": "${outside}/x",}`, dataDir: null })),
    ]
    const { heard, passed } = await send(good[0], ...bad, ...good.slice(1))
    expect(passed).toEqual(good)
    expect(heard).toMatchObject(
      bad.map(({ id }) => ({ kind: 'failure', id, error: { code: 'BAD_INPUT', message: expect.stringContaining('--root') as unknown } })),
    )
  })

  it('knows every key of the contract that holds a path', () => {
    const isPath = (key: string): boolean => /dir$|^file$|folder$|^path$/i.test(key)
    const found = Object.entries(api).flatMap(([name, { input }]) => {
      const keys = input instanceof z.ZodObject ? Object.keys(input.shape).filter(isPath) : []
      return keys.map((key) => `${name} ${key}`)
    })
    const known = Object.entries(PATH_KEYS).flatMap(([name, keys]) => keys.map((key) => `${name} ${key}`))
    // Paths of images are relative to their data set and are looked up in its index.
    expect(found.filter((one) => !one.startsWith('data.') || one.endsWith(' folder')).sort()).toEqual(known.sort())
    expect(
      Object.keys(flagKeys)
        .filter((key) => /dir$|path$|dump$|^weights$/.test(key))
        .sort(),
    ).toEqual([...CONFIG_PATH_KEYS].sort())
  })
})

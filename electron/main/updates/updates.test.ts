import { describe, expect, it } from 'vitest'
import type { FoundUpdate } from '../../../src/contract/updates'
import { StudioError } from '../../../src/contract/errors'
import { silentLogger } from '../../../src/util/logger'
import { type Updater, Updates } from './updates'

const FOUND: FoundUpdate = { version: '2.0.0', notes: 'Faster.', sizeBytes: 100 }

/** A desk on which every outside answer can be laid out; what was asked for is written down. */
function desk(change: { feed?: string; impossible?: string | null } = {}) {
  const world = {
    feed: change.feed ?? 'https://example.com/',
    runs: [] as string[],
    found: FOUND as FoundUpdate | null,
    failure: null as Error | null,
    asked: [] as string[],
    states: [] as string[],
  }
  const answer = <T>(what: string, value: () => T): Promise<T> => {
    world.asked.push(what)
    return world.failure === null ? Promise.resolve(value()) : Promise.reject(world.failure)
  }
  const updater: Updater = {
    check: () => answer('check', () => world.found),
    async download(onProgress) {
      onProgress(40, 100)
      await answer('download', () => undefined)
    },
    install: () => answer('install', () => undefined),
  }
  const updates: Updates = new Updates({
    feed: () => world.feed,
    impossible: change.impossible ?? null,
    load: (feed) => answer(`load ${feed}`, () => updater),
    runsInTheWay: () => answer('runs', () => world.runs),
    beforeInstall: () => answer('end the engine', () => undefined),
    afterFailure: () => void world.asked.push('start the engine'),
    onChange: () => void world.states.push(updates.state.name),
    now: () => 1000,
    logger: silentLogger,
  })
  return { world, updates }
}

async function ready(change: Parameters<typeof desk>[0] = {}) {
  const both = desk(change)
  await both.updates.act('check')
  await both.updates.act('download')
  expect(both.updates.state).toEqual({ name: 'ready', update: FOUND })
  both.world.asked.length = 0
  return both
}

describe('without a feed', () => {
  it('nothing is loaded and nothing can be done', async () => {
    const { world, updates } = desk({ feed: '' })
    for (const action of ['check', 'download', 'install', 'do-not-install'] as const) await updates.act(action)
    await updates.runsChanged()
    expect(updates.state).toEqual({ name: 'off' })
    expect(world.asked).toEqual([])
  })

  it('nothing is loaded until the person asks, also with one', async () => {
    const { world, updates } = desk()
    expect(updates.state).toEqual({ name: 'idle', checkedAt: null })
    expect(world.asked).toEqual([])
    await updates.act('check')
    await updates.act('check')
    expect(world.asked).toEqual(['load https://example.com/', 'check', 'check'])
  })

  it('another feed is another updater', async () => {
    const { world, updates } = await ready()
    world.feed = 'https://other.example/'
    updates.feedChanged()
    expect(updates.state).toEqual({ name: 'idle', checkedAt: null })
    await updates.act('check')
    expect(world.asked).toEqual(['load https://other.example/', 'check'])
    world.feed = ''
    updates.feedChanged()
    expect(updates.state).toEqual({ name: 'off' })
  })
})

it('an application that was not installed says so, and asks nobody', async () => {
  const { world, updates } = desk({ impossible: 'It was unpacked.' })
  await updates.act('check')
  expect(updates.state).toEqual({ name: 'impossible', why: 'It was unpacked.' })
  expect(world.asked).toEqual([])
})

describe('with a feed', () => {
  it('a version is found, fetched and installed, each when the person says so', async () => {
    const { world, updates } = desk()
    await updates.act('download')
    await updates.act('install')
    expect(world.asked).toEqual([])
    await updates.act('check')
    expect(updates.state).toEqual({ name: 'available', update: FOUND })
    await updates.act('install')
    await updates.act('download')
    await updates.act('install')
    expect(updates.state).toEqual({ name: 'installing', update: FOUND })
    expect(updates.isAtRest).toBe(false)
    expect(world.asked).toEqual(['load https://example.com/', 'check', 'download', 'runs', 'end the engine', 'install'])
    expect(world.states).toEqual(['checking', 'available', 'downloading', 'downloading', 'ready', 'installing'])
  })

  it('nothing newer is said with its time', async () => {
    const { world, updates } = desk()
    world.found = null
    await updates.act('check')
    expect(updates.state).toEqual({ name: 'idle', checkedAt: 1000 })
  })

  it('a step that fails leads back to where it began, with a sentence', async () => {
    const { world, updates } = desk()
    world.failure = new StudioError('CONFLICT', "The feed can't be reached.")
    await updates.act('check')
    expect({ state: updates.state, problem: updates.problem }).toEqual({
      state: { name: 'idle', checkedAt: null },
      problem: "The feed can't be reached.",
    })
    world.failure = null
    await updates.act('check')
    expect(updates.problem).toBeNull()
    world.failure = new Error('/secret/path: EIO')
    await updates.act('download')
    expect(updates.state).toEqual({ name: 'available', update: FOUND })
    expect(updates.problem).toContain('the log has the details')
    expect(updates.problem).not.toContain('secret')
  })
})

it('an updater that could not be loaded is loaded again the next time', async () => {
  const { world, updates } = desk()
  world.failure = new Error('EACCES: update-feed.json')
  await updates.act('check')
  expect(updates.problem).not.toBeNull()
  world.failure = null
  await updates.act('check')
  expect(updates.state).toEqual({ name: 'available', update: FOUND })
  expect(world.asked).toEqual(['load https://example.com/', 'load https://example.com/', 'check'])
})

describe('an installation', () => {
  it('waits while runs are trained or about to be, says for which, and begins when none is left', async () => {
    const { world, updates } = await ready()
    world.runs = ['photos', 'insects']
    await updates.act('install')
    expect(updates.state).toEqual({ name: 'waiting', update: FOUND, runs: ['photos', 'insects'] })
    world.runs = ['insects']
    await updates.runsChanged()
    expect(updates.state).toEqual({ name: 'waiting', update: FOUND, runs: ['insects'] })
    expect(world.asked).not.toContain('install')
    world.runs = []
    await updates.runsChanged()
    expect(updates.state).toEqual({ name: 'installing', update: FOUND })
    expect(world.asked.slice(-2)).toEqual(['end the engine', 'install'])
  })

  it('is not begun by the end of a run where nobody asked for it, or took it back', async () => {
    const { world, updates } = await ready()
    await updates.runsChanged()
    expect(world.asked).toEqual([])
    world.runs = ['photos']
    await updates.act('install')
    const hearing = updates.runsChanged()
    await updates.act('do-not-install')
    world.runs = []
    await hearing
    await updates.runsChanged()
    expect(updates.state).toEqual({ name: 'ready', update: FOUND })
    expect(world.asked).not.toContain('install')
  })

  it('is not begun where it cannot be known what is trained', async () => {
    const { world, updates } = await ready()
    world.failure = new StudioError('ENGINE_GONE', 'The engine is not running yet.')
    await updates.act('install')
    expect({ state: updates.state, problem: updates.problem }).toEqual({
      state: { name: 'ready', update: FOUND },
      problem: 'The engine is not running yet.',
    })
    expect(world.asked).toEqual(['runs'])
  })

  it('that fails has the engine start again', async () => {
    const { world, updates } = await ready()
    world.runs = ['photos']
    await updates.act('install')
    world.runs = []
    const failing = updates.runsChanged()
    world.failure = new Error('pkexec exited with code 126')
    await failing
    expect(updates.state).toEqual({ name: 'ready', update: FOUND })
    expect(updates.problem).not.toBeNull()
    expect(world.asked.at(-1)).toBe('start the engine')
  })
})

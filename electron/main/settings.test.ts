import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/util/logger'
import { chosenFeed, Settings } from './settings'
import { Updates } from './updates/updates'
import { WindowStateFile } from './window-state'

const FEED = 'https://example.com/fracbits/'
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'))
  file = join(folder, 'window.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

function open(env: Record<string, string> = {}, check: () => Promise<null> = () => Promise.resolve(null)) {
  const state = new WindowStateFile(file)
  const told: string[] = []
  const updates = new Updates({
    feed: () => chosenFeed(env, state.get().updateFeed).address,
    impossible: null,
    load: () => Promise.resolve({ check, download: () => Promise.resolve(), install: () => Promise.resolve() }),
    runsInTheWay: () => Promise.resolve([]),
    beforeInstall: () => Promise.resolve(),
    afterFailure: () => undefined,
    onChange: () => undefined,
    now: () => 1,
    logger: silentLogger,
  })
  const settings = new Settings({ state, updates, version: '0.1.0', env, onChange: () => told.push('changed') })
  return { settings, updates, told }
}

describe('the settings', () => {
  it('are off, and stay what was chosen', () => {
    const { settings, told } = open()
    expect(settings.get()).toMatchObject({ whenClosing: 'ask', updateFeed: '', checkAtStart: false, update: { name: 'off' }, updateProblem: null })
    settings.change({ whenClosing: 'quit', checkAtStart: true })
    expect(settings.change({ updateFeed: ` ${FEED} ` })).toMatchObject({ updateFeed: FEED, update: { name: 'idle', checkedAt: null } })
    expect(told).toHaveLength(2)
    expect(open().settings.get()).toMatchObject({ whenClosing: 'quit', updateFeed: FEED, checkAtStart: true, update: { name: 'idle' } })
    expect(open().settings.change({ updateFeed: '' })).toMatchObject({ update: { name: 'off' } })
  })

  it('refuse a feed that is none, and change nothing', () => {
    const { settings, told } = open()
    expect(() => settings.change({ updateFeed: 'http://example.com/', checkAtStart: true })).toThrow('over https')
    expect(settings.get()).toMatchObject({ updateFeed: '', checkAtStart: false })
    expect(told).toEqual([])
  })

  it('leave the feed alone that the environment sets', () => {
    const { settings } = open({ FRACBITS_UPDATE_FEED: FEED })
    expect(settings.get()).toMatchObject({ updateFeed: FEED, isFeedFixed: true, update: { name: 'idle' } })
    expect(() => settings.change({ updateFeed: 'https://other.example/' })).toThrow('in the environment')
  })

  it('say what is wrong with such a feed, and updates are off', () => {
    expect(open({ FRACBITS_UPDATE_FEED: 'http://example.com/' }).settings.get()).toMatchObject({
      ...{ updateFeed: '', isFeedFixed: true, update: { name: 'off' } },
      updateProblem: expect.stringMatching(/^http:\/\/example\.com\/: .*over https/) as unknown,
    })
  })

  it('keep the feed while something is under way with it', async () => {
    let answer: (found: null) => void = () => undefined
    const found = new Promise<null>((resolve) => (answer = resolve))
    const { settings, updates } = open({}, () => found)
    settings.change({ updateFeed: FEED })
    const checking = updates.act('check')
    expect(() => settings.change({ updateFeed: '' })).toThrow('under way')
    answer(null)
    await checking
    expect(settings.change({ updateFeed: '' })).toMatchObject({ update: { name: 'off' } })
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApplicationSettings, SettingsChange } from '../../../../src/contract/native'
import type { UpdateState } from '../../../../src/contract/updates'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { ScriptedEngine } from '../../test-support/scripted-engine'
import SettingsView from './SettingsView.vue'
import { updateWords } from './update-words'

const UPDATE = { version: '2.0.0', notes: 'Faster.\n<b>bold</b>', sizeBytes: 2_097_152 }
const makeSettings = (change: Partial<ApplicationSettings> = {}): ApplicationSettings => ({
  ...{ whenClosing: 'ask', updateFeed: 'https://example.com/', isFeedFixed: false, checkAtStart: false },
  ...{ version: '1.0.0', update: { name: 'idle', checkedAt: null }, updateProblem: null },
  ...change,
})
const words = (update: UpdateState) => {
  const { title, detail, actions } = updateWords(makeSettings({ update }))
  return { text: `${title} ${detail}`, actions: actions.map(({ id }) => id) }
}

afterEach(() => vi.unstubAllGlobals())

describe('the words of an update', () => {
  it('name the runs that it waits for', () => {
    const waiting = (runs: string[]) => words({ name: 'waiting', update: UPDATE, runs })
    expect(waiting(['photos']).text).toContain('It waits for "photos".')
    expect(waiting(['a', 'b', 'c', 'd', 'e']).text).toContain('It waits for "a", "b", "c" and 2 more.')
    expect(waiting(['photos']).actions).toEqual(['do-not-install'])
  })

  it('offer what can be done next, and nothing else', () => {
    expect(words({ name: 'off' })).toEqual({ text: expect.stringContaining('Updates are off.') as unknown, actions: [] })
    expect(words({ name: 'impossible', why: 'It was unpacked.' })).toEqual({ text: 'This is version 1.0.0. It was unpacked.', actions: [] })
    expect(words({ name: 'available', update: UPDATE })).toEqual({
      text: expect.stringContaining('2.0 MiB') as unknown,
      actions: ['download', 'check'],
    })
    expect(words({ name: 'available', update: { ...UPDATE, sizeBytes: null } }).text).toBe('Version 2.0.0 is there. This is version 1.0.0.')
    expect(words({ name: 'ready', update: UPDATE }).actions).toEqual(['install', 'check'])
    expect(words({ name: 'checking' }).actions).toEqual([])
    expect(words({ name: 'installing', update: UPDATE }).actions).toEqual([])
    expect(words({ name: 'downloading', update: UPDATE, doneBytes: 1_048_576, totalBytes: 2_097_152 })).toEqual({
      text: expect.stringContaining('1.0 MiB of 2.0 MiB') as unknown,
      actions: [],
    })
  })
})

describe('the page', () => {
  /** The desktop shell, with these settings. */
  function shell(settings: ApplicationSettings, changeSettings: (change: SettingsChange) => Promise<ApplicationSettings>) {
    let tell: (settings: ApplicationSettings) => void = () => undefined
    const actOnUpdate = vi.fn(() => Promise.resolve())
    vi.stubGlobal('studio', {
      getTheme: () => Promise.resolve('system'),
      getSettings: () => Promise.resolve(settings),
      changeSettings,
      onSettings: (listener: typeof tell) => {
        tell = listener
        return () => undefined
      },
      actOnUpdate,
    })
    return { actOnUpdate, tell: (now: ApplicationSettings) => tell(now) }
  }

  it('sets a feed, says why one is refused, and follows the update', async () => {
    const refusal = "Error invoking remote method 'native:change-settings': StudioError: A feed is only asked over https."
    const changeSettings = vi.fn(() => Promise.reject<ApplicationSettings>(new Error(refusal)))
    const { actOnUpdate, tell } = shell(makeSettings({ updateFeed: '', update: { name: 'off' } }), changeSettings)
    const { wrapper } = mountWithEngine(SettingsView, new ScriptedEngine())
    const by = (id: string) => wrapper.get(`[data-testid="${id}"]`)
    await vi.waitFor(() => expect(by('update-state').attributes('data-state')).toBe('off'))
    await by('update-feed').setValue('http://example.com/')
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(by('update-problem').text()).toBe('A feed is only asked over https.'))
    expect(changeSettings).toHaveBeenCalledWith({ updateFeed: 'http://example.com/' })

    tell(makeSettings({ update: { name: 'available', update: UPDATE } }))
    await vi.waitFor(() => expect(by('update-notes').text()).toContain('<b>bold</b>'))
    await by('update-download').trigger('click')
    expect(actOnUpdate).toHaveBeenCalledWith('download')
    wrapper.unmount()
  })

  it('has in a browser what belongs to the browser', async () => {
    const { wrapper } = mountWithEngine(SettingsView, new ScriptedEngine())
    await vi.waitFor(() => expect(wrapper.find('[data-testid="settings-of-browser"]').exists()).toBe(true))
    expect(wrapper.find('[data-testid="update-state"]').exists()).toBe(false)
    expect(wrapper.get('[data-testid="to-runtimes"]').attributes('href')).toBe('/machine')
    await wrapper.get('[data-testid="theme"]').setValue('dark')
    await vi.waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'))
    wrapper.unmount()
  })
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StudioError } from '../../../src/contract/errors'
import { ScriptedEngine } from '../test-support/scripted-engine'
import { connectTo, withEngine } from '../test-support/mount-with-engine'
import { createEngineSession } from './engine-session'
import { useQuery } from './use-query'
import { useStream } from './use-stream'

describe('engine session', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => vi.useRealTimers())

  it('reconnects by itself after the engine went away', async () => {
    const { session, cut } = connectTo(new ScriptedEngine())
    await flushPromises()
    const first = session.client.value
    cut()
    await flushPromises()
    expect(session.state.value).toMatchObject({ kind: 'lost', wasConnected: true, retryInMs: 300 })
    await expect(session.call('app.info', {})).rejects.toMatchObject({ code: 'ENGINE_GONE' })
    await vi.advanceTimersByTimeAsync(300)
    await flushPromises()
    expect(session.state.value.kind).toBe('connected')
    expect(session.client.value).not.toBe(first)
    expect((await session.call('app.info', {})).version).toBe('0.1.0')
  })

  it('waits longer from try to try and begins anew on demand', async () => {
    const connect = vi.fn(() => Promise.reject(new StudioError('ENGINE_GONE', 'No answer.')))
    const session = createEngineSession(connect)
    await flushPromises()
    expect(session.state.value).toMatchObject({ retryInMs: 300, wasConnected: false, reason: 'No answer.' })
    await vi.advanceTimersByTimeAsync(300)
    expect(session.state.value).toMatchObject({ retryInMs: 1000 })
    session.reconnectNow()
    await flushPromises()
    expect(connect).toHaveBeenCalledTimes(3)
    session.close()
  })

  it('does not knock again where the address lacks its token', async () => {
    const session = createEngineSession(() => Promise.reject(new StudioError('BAD_INPUT', 'No token.')))
    await flushPromises()
    expect(session.state.value).toMatchObject({ kind: 'lost', retryInMs: null })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('useQuery', () => {
  it('asks again after a reconnection and keeps the last answer meanwhile', async () => {
    const engine = new ScriptedEngine()
    const { result, cut, session } = withEngine(engine, () => useQuery('app.info', {}))
    await vi.waitFor(() => expect(result.data.value?.demoData.available).toBe(true))
    engine.demoData = { ...engine.demoData, available: false }
    cut()
    await vi.waitFor(() => expect(session.state.value.kind).toBe('lost'))
    expect(result.data.value?.demoData.available).toBe(true)
    session.reconnectNow()
    await vi.waitFor(() => expect(result.data.value?.demoData.available).toBe(false))
    expect(result.error.value).toBeNull()
  })

  it('keeps the sentence of a failure', async () => {
    const { result } = withEngine(new ScriptedEngine(), () => useQuery('runs.get', { runId: 'missing00001' }))
    await vi.waitFor(() => expect(result.error.value?.message).toBe('There is no run missing00001 in this workspace.'))
  })
})

describe('useStream', () => {
  it('lets go of its subscription when the component goes', async () => {
    const engine = new ScriptedEngine()
    const { unmount } = withEngine(engine, () => useStream('runs.events', { runId: null }, { onEvent: () => undefined }))
    await vi.waitFor(() => expect(engine.listening).toBe(1))
    unmount()
    await vi.waitFor(() => expect(engine.listening).toBe(0))
  })
})

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StudioError } from '../../../src/contract/errors'
import { silentLogger } from '../../../src/util/logger'
import type { EngineToMain } from '../../messages/engine-messages'
import type { Child } from './child'
import { EngineSupervisor, type EngineState } from './engine-supervisor'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A real process behind the interface of a utility process; ports are plain numbers here. */
function forkChild(behaviour: string): Child<number> {
  const child = fork(join(import.meta.dirname, 'testing/child-script.mjs'), [behaviour], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  children.push(child)
  return {
    get pid() {
      return child.pid
    },
    stderr: child.stderr,
    stdout: child.stdout,
    postMessage: (message, transfer) => child.connected && child.send({ ...(message as object), transfer: transfer ?? [] }),
    on: (event: 'message' | 'exit' | 'spawn', listener: (value: never) => void) =>
      child.on(event === 'exit' ? 'close' : event, listener as (value: unknown) => void),
  }
}

/** A supervisor whose processes behave as listed, one after the other. */
function supervise(behaviours: readonly string[], delays: readonly number[] = [0, 0, 0]) {
  const states: EngineState[] = []
  const requests: EngineToMain[] = []
  const waiters: { when: () => boolean; go: () => void }[] = []
  const left = [...behaviours]
  const delaysLeft = [...delays]
  let gone = 0
  let givenUp: StudioError | null = null
  const changed = (): void => waiters.filter(({ when }) => when()).forEach(({ go }) => go())
  const supervisor = new EngineSupervisor<number>({
    fork: () => forkChild(left.shift() ?? 'crash'),
    open: { type: 'open', workspace: '/w', appVersion: '1', configsDir: '/c' },
    restartPolicy: { crashed: () => delaysLeft.shift() ?? null, reset: () => undefined },
    logger: silentLogger,
    onTrainerRequest: (request) => {
      requests.push(request)
      changed()
    },
    onGone: () => gone++,
    onState: (state) => {
      states.push(state)
      changed()
    },
    onGivenUp: (error) => {
      givenUp = error
      changed()
    },
  })
  const until = (when: () => boolean): Promise<void> => new Promise((go) => (when() ? go() : waiters.push({ when, go })))
  return { supervisor, states, requests, until, names: () => states.map(({ name }) => name), gone: () => gone, givenUp: () => givenUp }
}

describe('engine supervisor', () => {
  it('hands a port over once the engine is ready, and passes its requests on', async () => {
    const at = supervise(['serve'])
    const served = at.supervisor.serve(1)
    at.supervisor.start()
    await served
    await at.until(() => at.requests.length === 1)
    expect(at.names()).toEqual(['starting', 'ready'])
    expect(at.supervisor.ownsWorkspace).toBe(true)
    await at.supervisor.stop()
  })

  it('starts the engine again after a crash, keeps what it said, and serves those who waited', async () => {
    const at = supervise(['crash', 'serve'])
    const served = at.supervisor.serve(1)
    at.supervisor.start()
    await served
    expect(at.names()).toEqual(['starting', 'crashed', 'starting', 'ready'])
    expect(at.states[1]).toEqual({ name: 'crashed', reason: 'exit code 7\nthe reason of the crash' })
    expect(at.gone()).toBe(1)
    await at.supervisor.stop()
  })

  it('gives up after repeated crashes, tells those who wait, and starts afresh when asked', async () => {
    const at = supervise(['crash', 'crash', 'serve'], [0])
    const served = at.supervisor.serve(1)
    served.catch(() => undefined)
    at.supervisor.start()
    await at.until(() => at.givenUp() !== null)
    await expect(served).rejects.toMatchObject({ code: 'ENGINE_GONE' })
    await expect(at.supervisor.serve(2)).rejects.toMatchObject({ code: 'ENGINE_GONE' })
    at.supervisor.start()
    await at.supervisor.serve(3)
    await at.supervisor.stop()
  })

  it('does not try again when the workspace itself is the reason', async () => {
    const at = supervise(['refuse', 'serve'])
    at.supervisor.start()
    await at.until(() => at.givenUp() !== null)
    expect(at.givenUp()).toMatchObject({ code: 'DATABASE_NEWER', message: 'The database is newer.' })
    expect(at.names()).toEqual(['starting', 'crashed'])
  })

  it('stops in order, and serves nobody afterwards', async () => {
    const at = supervise(['serve'])
    at.supervisor.start()
    await at.until(() => at.names().includes('ready'))
    await at.supervisor.stop()
    expect(at.names()).toEqual(['starting', 'ready', 'stopping', 'exited'])
    expect(at.gone()).toBe(1)
  })
})

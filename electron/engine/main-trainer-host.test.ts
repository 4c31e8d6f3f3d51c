import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent, TrainerSpec } from '../../src/contract/trainer-messages'
import { silentLogger } from '../../src/util/logger'
import type { EngineToMain } from '../messages/engine-messages'
import { MainTrainerHost, type TrainerPort } from './main-trainer-host'

class Port extends EventEmitter implements TrainerPort {
  readonly posted: unknown[] = []
  started = false
  closed = false
  postMessage(message: unknown): void {
    this.posted.push(message)
  }
  start(): void {
    this.started = true
  }
  close(): void {
    if (!this.closed) this.emit('close')
    this.closed = true
  }
  says(data: unknown): void {
    this.emit('message', { data })
  }
}

const spec = { runId: 'abcdefgh' } as TrainerSpec

function host(): { host: MainTrainerHost; toMain: EngineToMain[] } {
  const toMain: EngineToMain[] = []
  return { host: new MainTrainerHost((message) => toMain.push(message), silentLogger), toMain }
}

describe('trainers started by main', () => {
  it('are asked for, and told to start as soon as their port is there', () => {
    const at = host()
    const handle = at.host.start(spec)
    handle.send({ type: 'pause' })
    expect(at.toMain).toEqual([{ type: 'start-trainer', trainerId: 1, runId: 'abcdefgh', mode: 'run', runtime: null }])
    const port = new Port()
    at.host.attach(1, 4711, port)
    expect(port.posted).toEqual([{ type: 'start', spec }, { type: 'pause' }])
    expect({ pid: handle.pid, started: port.started }).toEqual({ pid: 4711, started: true })
  })

  it('deliver what they sent before their end is told, even when main reports it first', async () => {
    const at = host()
    const handle = at.host.start(spec)
    const heard: TrainerEvent[] = []
    handle.onEvent((event) => heard.push(event))
    const port = new Port()
    at.host.attach(1, 1, port)
    let ended = false
    void handle.exited.then(() => (ended = true))
    at.host.ended(1, { code: 137, signal: null, tail: 'killed' })
    await Promise.resolve()
    expect(ended).toBe(false)
    port.says({ type: 'paused' })
    port.emit('close')
    expect(await handle.exited).toEqual({ code: 137, signal: null, tail: 'killed' })
    expect(heard).toEqual([{ type: 'paused' }])
  })

  it('are let go after their last message, and what is not part of the contract is left out', () => {
    const at = host()
    const heard: TrainerEvent[] = []
    at.host.start(spec).onEvent((event) => heard.push(event))
    const port = new Port()
    at.host.attach(1, 1, port)
    port.says({ type: 'nonsense' })
    expect(port.closed).toBe(false)
    port.says({ type: 'ended', outcome: 'finished', error: null })
    expect(heard).toEqual([{ type: 'ended', outcome: 'finished', error: null }])
    expect(port.closed).toBe(true)
  })

  it('can be killed before and after their port is there', () => {
    const at = host()
    at.host.start(spec).kill()
    expect(at.toMain.at(-1)).toEqual({ type: 'kill-trainer', trainerId: 1 })
  })

  it('say in probe mode what they found, or why not', async () => {
    const at = host()
    const found = at.host.probe(null)
    const port = new Port()
    at.host.attach(1, 1, port)
    port.says({ tensorflow: '2.21.0', device: 'CPU' })
    at.host.ended(1, { code: 0, signal: null, tail: 'no driver' })
    expect(await found).toEqual({ tensorflow: '2.21.0', device: 'CPU', said: 'no driver' })
    const damaged = at.host.probe(null)
    const other = new Port()
    at.host.attach(2, 1, other)
    other.says({ problem: 'The runtime is damaged.' })
    at.host.ended(2, { code: 0, signal: null, tail: '' })
    await expect(damaged).rejects.toMatchObject({ code: 'RUNTIME_MISSING', message: 'The runtime is damaged.' })
    const missing = at.host.probe(null)
    at.host.ended(3, { code: 1, signal: null, tail: 'x\nlibtensorflow.so.2: cannot open shared object file' })
    await expect(missing).rejects.toMatchObject({ code: 'RUNTIME_MISSING', message: expect.stringContaining('cannot open shared object') })
  })
})

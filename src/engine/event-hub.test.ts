import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunEvent } from '../contract/api'
import { createEventHub } from './event-hub'

const A = 'aaaaaaaaaaaa'
const B = 'bbbbbbbbbbbb'
const metrics = (steps: number[], runId = A): RunEvent => ({ type: 'metrics', runId, series: [{ key: 'train/loss', steps, values: steps }] })
const status = (reason: string, runId = A): RunEvent => ({ type: 'status', runId, status: 'running', reason })
const progress = (step: number): RunEvent => ({
  type: 'progress',
  runId: A,
  progress: {
    phase: 'fp32-training',
    epoch: 0,
    epochs: 1,
    step,
    totalSteps: 9,
    imagesPerSecond: 1,
    etaSeconds: null,
    device: 'CPU',
    residentBytes: 0,
    nativeTensors: 0,
    dataWaitFraction: 0,
    stepAt: 0,
  },
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('event hub', () => {
  it('gives one group in a twentieth of a second: points joined, latest progress, everything else kept in order', async () => {
    const hub = createEventHub()
    const reader = hub.subscribe(A, new AbortController().signal, () => undefined)[Symbol.asyncIterator]()
    const first = reader.next()
    hub.publish(status('1'))
    expect((await first).value).toEqual([status('1')])
    const second = reader.next()
    for (const event of [metrics([1, 2]), progress(1), status('2'), metrics([3]), progress(2), status('3'), status('other', B)]) hub.publish(event)
    let arrived = false
    void second.then(() => (arrived = true))
    await vi.advanceTimersByTimeAsync(49)
    expect(arrived).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect((await second).value).toEqual([metrics([1, 2, 3]), progress(2), status('2'), status('3')])
  })

  it('keeps details from a reader of all runs', async () => {
    const hub = createEventHub()
    const reader = hub.subscribe(null, new AbortController().signal, () => undefined)[Symbol.asyncIterator]()
    hub.publish(metrics([1]))
    hub.publish(status('b', B))
    expect((await reader.next()).value).toEqual([status('b', B)])
  })

  it('holds a bounded amount for a slow reader and counts what it drops', async () => {
    const hub = createEventHub()
    let dropped = 0
    const reader = hub.subscribe(A, new AbortController().signal, (count) => (dropped += count))[Symbol.asyncIterator]()
    for (let step = 0; step < 12_000; step += 100) hub.publish(metrics(Array.from({ length: 100 }, (_, index) => step + index)))
    for (let n = 0; n < 600; n++) hub.publish(status(String(n)))
    const events = (await reader.next()).value as RunEvent[]
    expect(events.length).toBeLessThanOrEqual(500)
    expect(events.at(-1)).toEqual(status('599'))
    expect(dropped).toBeGreaterThan(0)
  })

  it('ends when the signal fires, while it waits and while it holds back', async () => {
    const hub = createEventHub()
    for (const publish of [false, true]) {
      const abort = new AbortController()
      const reader = hub.subscribe(A, abort.signal, () => undefined)[Symbol.asyncIterator]()
      if (publish) {
        hub.publish(status('x'))
        await reader.next()
      }
      const next = reader.next()
      abort.abort()
      expect((await next).done).toBe(true)
    }
  })
})

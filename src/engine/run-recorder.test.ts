import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../contract/api'
import type { NewRun } from '../store/repositories/runs'
import { openStore, type Store } from '../store/store'
import { makeTempDir } from '../util/temp-dir'
import type { EventHub } from './event-hub'
import { createRunRecorder, type RunRecorder } from './run-recorder'

const runId = 'r1'
const status = (reason: string | null): RunEvent => ({ type: 'status', runId, status: 'paused', reason })

let temp: ReturnType<typeof makeTempDir>
let store: Store
let recorder: RunRecorder
let published: RunEvent[]
beforeEach(async () => {
  temp = makeTempDir()
  store = await openStore(join(temp.path, 'studio.db'))
  published = []
  const hub: EventHub = {
    readers: 0,
    publish: (event) => void published.push(event),
    subscribe: () => {
      throw new Error('nobody reads here')
    },
  }
  recorder = createRunRecorder(runId, store, hub, (error) => {
    throw error
  })
})
afterEach(async () => {
  recorder.stop()
  await store.close()
  temp.remove()
})

describe('an event that goes ahead', () => {
  it('is not followed by what was true before it, though that is stored later', async () => {
    recorder.event(status(null))
    recorder.eventAhead(status('the folder is gone'))
    await recorder.flush()
    expect(published).toEqual([status('the folder is gone')])
  })

  it('is not followed by what is being stored at that moment either', async () => {
    recorder.event(status(null))
    const stored = recorder.flush()
    // By now the rows of the flush are on their way: what comes belongs to the next one.
    await Promise.resolve()
    recorder.event(status('not yet on its way'))
    recorder.eventAhead(status('the folder is gone'))
    await stored
    await recorder.flush()
    expect(published).toEqual([status('the folder is gone')])
  })

  it('leaves events of other types and later ones their place', async () => {
    recorder.event({ type: 'started', runId, quantizers: [], totalSteps: 10 })
    recorder.event(status(null))
    recorder.eventAhead(status('the folder is gone'))
    recorder.event(status(null))
    await recorder.flush()
    expect(published.map((event) => [event.type, 'reason' in event ? event.reason : ''])).toEqual([
      ['status', 'the folder is gone'],
      ['started', ''],
      ['status', null],
    ])
  })
})

describe('what is taken back', () => {
  const points = (...steps: number[]) => [{ key: 'train/loss', steps, values: steps.map((step) => step / 10) }]
  const newRun: NewRun = {
    id: runId,
    name: 'r',
    model: 'resnet20',
    dataset: 'mock_32x32',
    status: 'running',
    phase: 'fp32-training',
    step: 0,
    totalSteps: 9,
    createdAt: 1,
    targetRate: null,
    config: {},
    dataDir: '/d',
    folder: '/f',
    workers: 0,
  }
  const stored = async (): Promise<number[]> => (await store.metrics.read(runId, ['train/loss'], 100))[0]?.steps ?? []

  it('goes from what is stored and from what waits to be, and what comes after it stays', async () => {
    await store.transaction((transaction) => store.runs.insert(transaction, newRun))
    recorder.metrics(points(1, 2, 3))
    await recorder.flush()
    recorder.metrics(points(4, 5))
    recorder.widths({ steps: [2, 5], widths: [[4], [5]] })
    recorder.takeBack(2)
    recorder.metrics(points(3))
    await recorder.flush()
    expect(await stored()).toEqual([1, 2, 3])
    expect((await store.widths.read(runId, 50)).steps).toEqual([2])
    recorder.takeBack(-1)
    await recorder.flush()
    expect(await stored()).toEqual([])
  })
})

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createIdSource } from '../util/ids'
import { makeTempDir } from '../util/temp-dir'
import { openStore, type Store } from '../store/store'
import { createEventHub } from './event-hub'
import { createRunRecorder } from './run-recorder'

/** `FRACBITS_LONG_RUN_HOURS=24` for a whole day. */
const HOURS = Number(process.env.FRACBITS_LONG_RUN_HOURS ?? 0.5)
const POINTS_A_SECOND = 100
/** A recorder stores four times a second; a slow disk makes that once. */
const STORED_EVERY_S = 1
const SERIES = ['train/loss', 'train/ce', 'train/top1', 'train/learning_rate', 'val/loss']

let temp: ReturnType<typeof makeTempDir>
let store: Store
beforeEach(async () => {
  temp = makeTempDir()
  store = await openStore(join(temp.path, 'studio.db'))
})
afterEach(async () => {
  await store.close()
  temp.remove()
})

it(`${HOURS} hours at 100 points a second leave nothing growing but the file`, async () => {
  const runId = createIdSource(() => 0)()
  const run = {
    id: runId,
    name: 'r',
    model: 'm',
    dataset: 'd',
    status: 'running',
    phase: 'fp32-training',
    step: 0,
    totalSteps: 0,
    createdAt: 0,
  } as const
  await store.transaction((t) => store.runs.insert(t, { ...run, targetRate: null, config: {}, dataDir: '/', folder: '/', workers: 0 }))
  const hub = createEventHub()
  // A reader that never reads: what waits for it must not grow either.
  const stalled = hub.subscribe(runId, new AbortController().signal, () => undefined)[Symbol.asyncIterator]()
  void stalled.next()
  const recorder = createRunRecorder(runId, store, hub, (error) => {
    throw error
  })
  const rounds = (HOURS * 3600) / STORED_EVERY_S
  const perSeries = (POINTS_A_SECOND * STORED_EVERY_S) / SERIES.length
  const wal = `${store.database.file}-wal`
  let largestWal = 0
  let early = 0
  for (let round = 0; round < rounds; round++) {
    const steps = Array.from({ length: perSeries }, (_, index) => round * perSeries + index)
    recorder.metrics(SERIES.map((key) => ({ key, steps, values: steps.map((step) => 1 / (step + 1)) })))
    recorder.patch({ step: round })
    await recorder.flush()
    if (existsSync(wal)) largestWal = Math.max(largestWal, statSync(wal).size)
    if (round === Math.floor(rounds / 3)) early = process.memoryUsage().heapUsed
  }
  recorder.stop()
  const points = await store.database.get('SELECT count(*) AS count FROM metrics')
  expect(points).toEqual({ count: HOURS * 3600 * POINTS_A_SECOND })
  expect(largestWal).toBeLessThan(20_000_000)
  expect(process.memoryUsage().heapUsed - early).toBeLessThan(60_000_000)
  expect(statSync(store.database.file).size / (HOURS * 3600 * POINTS_A_SECOND)).toBeLessThan(60)
}, 3_600_000)

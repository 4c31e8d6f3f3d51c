import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createIdSource } from '../util/ids'
import { makeTempDir } from '../util/temp-dir'
import { openStore, type Store } from '../store/store'
import { createEventHub } from './event-hub'
import { createRunRecorder } from './run-recorder'

/** `npm run faults` takes a whole day. */
const HOURS = Number(process.env.FRACBITS_LONG_RUN_HOURS ?? 0.5)
const POINTS_A_SECOND = 100
/** A recorder stores many times a second; a slow disk makes that once. */
const STORED_EVERY_S = 1
const SERIES = ['train/loss', 'train/ce', 'train/top1', 'train/learning_rate', 'val/loss']

interface Use {
  readonly heapBytes: number
  readonly residentBytes: number
  /** Timers, sockets and requests that keep the process; open files, where the system tells. */
  readonly handles: number
}

function use(): Use {
  const files = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
  const { heapUsed, rss } = process.memoryUsage()
  return { heapBytes: heapUsed, residentBytes: rss, handles: process.getActiveResourcesInfo().length + files }
}

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
  let early = use()
  for (let round = 0; round < rounds; round++) {
    const steps = Array.from({ length: perSeries }, (_, index) => round * perSeries + index)
    recorder.metrics(SERIES.map((key) => ({ key, steps, values: steps.map((step) => 1 / (step + 1)) })))
    recorder.patch({ step: round })
    await recorder.flush()
    if (existsSync(wal)) largestWal = Math.max(largestWal, statSync(wal).size)
    if (round === Math.floor(rounds / 3)) early = use()
  }
  const late = use()
  recorder.stop()
  const wanted = HOURS * 3600 * POINTS_A_SECOND
  const count = Number((await store.database.get('SELECT count(*) AS count FROM metrics'))?.['count'])
  const fileBytes = statSync(store.database.file).size
  if (process.env.FRACBITS_LONG_RUN_REPORT !== undefined)
    writeFileSync(
      process.env.FRACBITS_LONG_RUN_REPORT,
      `${HOURS} h at ${POINTS_A_SECOND} points/s: ${wanted} points, ${wanted - count} lost; from the first third to the end heap ${megabytes(late.heapBytes - early.heapBytes)}, memory ${megabytes(late.residentBytes - early.residentBytes)}, handles ${late.handles - early.handles}; file ${megabytes(fileBytes)}, largest write-ahead log ${megabytes(largestWal)}\n`,
    )
  expect(count).toBe(wanted)
  expect(largestWal).toBeLessThan(20_000_000)
  expect(late.heapBytes - early.heapBytes).toBeLessThan(60_000_000)
  expect(late.residentBytes - early.residentBytes).toBeLessThan(150_000_000)
  // One flush may be on its way at either moment.
  expect(Math.abs(late.handles - early.handles)).toBeLessThanOrEqual(2)
  expect(fileBytes / wanted).toBeLessThan(60)
}, 3_600_000)

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

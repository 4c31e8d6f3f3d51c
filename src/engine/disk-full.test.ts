import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineClient } from '../contract/engine-client'
import type { RunDetail, RunStatus } from '../contract/entities'
import { createClient } from '../rpc/client'
import { createMemoryChannels } from '../rpc/memory-channel'
import { openStore, type Store } from '../store/store'
import { silentLogger } from '../util/logger'
import { makeTempDir } from '../util/temp-dir'
import { createEngine } from './create-engine'
import { createScriptedTrainerHost } from './testing/scripted-trainer-host'
import { CONFIG_TEXT, OUTLINE } from './testing/test-workspace'
import type { Engine } from './types'

let temp: ReturnType<typeof makeTempDir>
let store: Store
let engine: Engine
let client: EngineClient
const host = createScriptedTrainerHost()

beforeEach(async () => {
  temp = makeTempDir()
  store = await openStore(join(temp.path, 'studio.db'))
  engine = await createEngine({
    workspace: temp.path,
    store,
    trainerHost: host,
    logger: silentLogger,
    appVersion: '1',
    configsDir: temp.path,
    describeNetwork: () => OUTLINE,
    demoData: () => Promise.resolve({ available: true, directory: temp.path, problem: null }),
  })
  const [mine, theirs] = createMemoryChannels()
  engine.serve(theirs)
  client = createClient(mine, { app: 'test' })
})
afterEach(async () => {
  await engine.close()
  temp.remove()
})

const until = async (runId: string, wanted: (run: RunDetail) => boolean): Promise<RunDetail> => {
  const abort = new AbortController()
  const events = client.open('runs.events', { runId }, { signal: abort.signal })[Symbol.asyncIterator]()
  for (;;) {
    const run = await client.call('runs.get', { runId })
    if (wanted(run)) {
      abort.abort()
      return run
    }
    await events.next()
  }
}
const isStatus =
  (status: RunStatus) =>
  (run: RunDetail): boolean =>
    run.status === status

/** Starts a run that waits at step 5, and leaves the database room for next to nothing. */
async function startWithoutRoom(): Promise<string> {
  mkdirSync(join(temp.path, 'data'))
  const { runId } = await client.call('runs.create', { configText: CONFIG_TEXT, dataDir: join(temp.path, 'data') })
  await until(runId, ({ status, step }) => status === 'running' && step === 5)
  const pages = Number((await store.database.get('PRAGMA page_count'))?.['page_count'])
  await store.database.outside((t) => t.exec(`PRAGMA max_page_count = ${pages + 4}`))
  await client.call('runs.pause', { runId })
  await until(runId, isStatus('paused'))
  await client.call('runs.resume', { runId })
  return runId
}
const makeRoom = (): Promise<void> => store.database.outside((t) => t.exec('PRAGMA max_page_count = 1000000'))

async function expectAllSteps(runId: string): Promise<void> {
  const { series } = await client.call('metrics.series', { runId, keys: ['train/loss'], maxPoints: 5000 })
  expect(series[0]?.steps).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1))
}

describe('a full disk', () => {
  it('pauses the trainer with the reason; with room again Resume goes on and nothing is missing', async () => {
    host.script = { steps: 2500, checkpointEvery: 5000, holdAt: 5, pausedBefore: { step: 2400, times: 2 } }
    const runId = await startWithoutRoom()
    const paused = await until(runId, (run) => run.status === 'paused' && run.statusReason !== null)
    expect(paused.statusReason).toContain('full')
    await expect(client.call('runs.resume', { runId })).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect((await client.call('runs.list', {})).runs).toHaveLength(1)
    await makeRoom()
    await client.call('runs.resume', { runId })
    expect(await until(runId, isStatus('finished'))).toMatchObject({ step: 2500, statusReason: null })
    await expectAllSteps(runId)
  })

  it('keeps the end of a run that was quicker than the disk until there is room', async () => {
    host.script = { steps: 2500, checkpointEvery: 5000, holdAt: 5, obeyPauses: 1 }
    const runId = await startWithoutRoom()
    await host.started.at(-1)?.handle.exited
    expect(await until(runId, ({ statusReason }) => statusReason !== null)).toMatchObject({
      statusReason: expect.stringContaining('full') as unknown,
    })
    await makeRoom()
    expect(await until(runId, isStatus('finished'))).toMatchObject({ step: 2500, statusReason: null })
    await expectAllSteps(runId)
  })
})

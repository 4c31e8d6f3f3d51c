import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RunStatus } from '../contract/entities'
import { mountSmallDisk, type SmallDisk } from './testing/small-disk'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

const quick = { watchTimes: { everyMs: 40, hangAfterMs: 400 } }
/** For trainers that are held: silence is no hang. */
const patient = { watchTimes: { everyMs: 40, hangAfterMs: 60_000 } }
let workspace: TestWorkspace
let disk: SmallDisk | null = null
afterEach(async () => {
  disk?.detach()
  disk = null
  await workspace.remove()
})

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)
const stepsOf = async (runId: string): Promise<number[]> => {
  const { series } = await workspace.client.call('metrics.series', { runId, keys: ['train/loss'] })
  return series[0]?.steps ?? []
}
const logOf = async (runId: string): Promise<string> =>
  (await workspace.client.call('logs.page', { runId })).entries.map(({ message }) => message).join('\n')
const signal = (name: NodeJS.Signals): void => void process.kill(workspace.host.started.at(-1)?.handle.pid ?? 0, name)

/** Lets a trainer that waits at its `holdAt` go on. */
const goOn = (): void => workspace.host.started.at(-1)?.handle.send({ type: 'continue' })

/** Resolves when a status with these words in its reason was told. */
async function told(runId: string, status: RunStatus, words: string | null): Promise<string> {
  const abort = new AbortController()
  for await (const event of workspace.client.open('runs.events', { runId }, { signal: abort.signal })) {
    if (event.type !== 'status' || event.status !== status) continue
    if (words === null ? event.reason !== null : event.reason?.includes(words) !== true) continue
    abort.abort()
    return event.reason ?? ''
  }
  throw new Error(`${status} (${words ?? 'no reason'}) was never told`)
}

describe('a trainer that dies', () => {
  it('in native code is started again from its checkpoint, and the run is whole', async () => {
    workspace = await openTestWorkspace({ holdAt: 12, crashAt: 14 }, patient)
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 12)
    workspace.host.script = { holdAt: 22, crashAt: 27 }
    const first = told(runId, 'queued', 'try 1 of 2')
    goOn()
    expect(await first).toContain('crashed in native code (SIGABRT)')
    await workspace.until(runId, 'running', 22)
    workspace.host.script = {}
    // It came further than before: the tries are counted anew.
    const second = told(runId, 'queued', 'try 1 of 2')
    goOn()
    await second
    await workspace.until(runId, 'finished')
    expect(await stepsOf(runId)).toEqual(upTo(30))
    expect(await logOf(runId)).toContain('something native went wrong')
  })

  it('again and again at the same place is left alone after two more tries', async () => {
    workspace = await openTestWorkspace({ crashAt: 14 }, quick)
    const runId = await workspace.create()
    const run = await workspace.until(runId, 'interrupted')
    expect(workspace.host.started).toHaveLength(3)
    expect(run.statusReason).toContain('Resume goes on')
  })

  it('by SIGKILL is not started again: what memory ran out for would happen again', async () => {
    workspace = await openTestWorkspace({ killAt: 14 }, quick)
    const runId = await workspace.create()
    const run = await workspace.until(runId, 'interrupted')
    expect(run.statusReason).toContain('signal 9')
    expect(workspace.host.started).toHaveLength(1)
  })
})

describe('a trainer that neither speaks nor computes', () => {
  it('is ended, told apart from a crash, and started again', async () => {
    workspace = await openTestWorkspace({ holdAt: 12 }, quick)
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 12)
    workspace.host.script = {}
    signal('SIGSTOP')
    expect(await told(runId, 'queued', 'try 1 of 2')).toContain('stopped answering and computing')
    await workspace.until(runId, 'finished')
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('because it is paused is left alone', async () => {
    workspace = await openTestWorkspace({ holdAt: 12 }, quick)
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 1)
    await workspace.client.call('runs.pause', { runId })
    await workspace.until(runId, 'paused')
    const looked = Date.now()
    while (Date.now() - looked < 2 * quick.watchTimes.hangAfterMs) await workspace.client.call('runs.get', { runId })
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started).toHaveLength(1)
  })
})

/** A run whose folder lies on a small disk and that waits at step 12. */
async function startOnSmallDisk(): Promise<{ runId: string; place: SmallDisk }> {
  workspace = await openTestWorkspace({ holdAt: 12 }, patient)
  const folder = join(workspace.dataDir, '..', 'disk')
  const place = mountSmallDisk(folder, 4_000_000)
  if (place === null) throw new Error('mounting is not permitted here')
  disk = place
  const { runId } = await workspace.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: workspace.dataDir, logDir: folder })
  await workspace.until(runId, 'running', 12)
  return { runId, place }
}

describe.skipIf(process.getuid?.() !== 0)('a disk that goes wrong under a run', () => {
  it('full: the run waits with the reason, and goes on by itself when there is room', async () => {
    const { runId, place } = await startOnSmallDisk()
    const waits = told(runId, 'paused', 'is full')
    writeFileSync(join(place.folder, 'filler'), new Uint8Array(3_900_000))
    expect(await waits).toContain(place.folder)
    await expect(workspace.client.call('runs.resume', { runId })).rejects.toMatchObject({ code: 'DISK_FULL' })
    rmSync(join(place.folder, 'filler'))
    const run = await workspace.until(runId, 'finished')
    expect(run.statusReason).toBeNull()
    expect(workspace.host.started).toHaveLength(1)
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('read-only: the same', async () => {
    const { runId, place } = await startOnSmallDisk()
    const waits = told(runId, 'paused', "can't be written")
    await place.remount('ro')
    await waits
    await place.remount('rw')
    await workspace.until(runId, 'finished')
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('gone, as a network drive goes: the run waits; nothing is begun anew while its checkpoints are out of reach', async () => {
    const { runId, place } = await startOnSmallDisk()
    const waits = told(runId, 'paused', 'not there any more')
    place.detach()
    disk = null
    await waits
    signal('SIGKILL')
    await workspace.until(runId, 'interrupted')
    await workspace.client.call('runs.resume', { runId })
    const run = await workspace.until(runId, 'failed')
    expect(run.statusReason).toContain('Connect its drive')
    expect(await stepsOf(runId)).toEqual(upTo(12))
    expect(run.checkpoints.map(({ step }) => step)).toEqual([10])
  })

  it('full when a checkpoint is written: the run starts again from the one before as soon as there is room', async () => {
    const { runId, place } = await startOnSmallDisk()
    const first = told(runId, 'queued', 'is full')
    workspace.host.script = {}
    writeFileSync(join(place.folder, 'filler'), new Uint8Array(3_900_000))
    await told(runId, 'paused', 'is full')
    // The scripted trainer fails as the real one does when it can't write.
    signal('SIGUSR2')
    await first
    rmSync(join(place.folder, 'filler'))
    await workspace.until(runId, 'finished')
    expect(workspace.host.started).toHaveLength(2)
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })
})

describe('a person who pauses', () => {
  it('is obeyed though something else was put right meanwhile', async () => {
    workspace = await openTestWorkspace({ holdAt: 12 }, patient)
    const runId = await workspace.create()
    const { folder } = await workspace.until(runId, 'running', 12)
    await workspace.client.call('runs.pause', { runId })
    await workspace.until(runId, 'paused')
    const waits = told(runId, 'paused', 'not there any more')
    renameSync(folder, `${folder}-away`)
    await waits
    const rightAgain = told(runId, 'paused', null)
    renameSync(`${folder}-away`, folder)
    await rightAgain
    expect(await workspace.client.call('runs.get', { runId })).toMatchObject({ status: 'paused', statusReason: null })
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
  })
})

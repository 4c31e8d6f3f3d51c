import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../contract/api'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

let workspace: TestWorkspace
afterEach(() => workspace.remove())

const stepsOf = async (runId: string, key = 'train/loss', client = workspace.client): Promise<number[]> => {
  const { series } = await client.call('metrics.series', { runId, keys: [key] })
  return series[0]?.steps ?? []
}
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)
const logOf = async (runId: string): Promise<string> =>
  (await workspace.client.call('logs.page', { runId })).entries.map(({ message }) => message).join('\n')

describe('a run', () => {
  it('is queued, runs in its own process, records everything and finishes', async () => {
    workspace = await openTestWorkspace()
    const runId = await workspace.create()
    const run = await workspace.until(runId, 'finished')
    expect(run).toMatchObject({
      name: 'small',
      step: 30,
      totalSteps: 30,
      phase: 'done',
      statusReason: null,
      progress: null,
      result: { widths: [4, 8] },
      environment: { device: 'CPU, 1 thread' },
    })
    expect(run.quantizers.map(({ id }) => id)).toEqual(['conv1|WEIGHT', 'relu1|OUTPUT'])
    expect(run.checkpoints.map(({ step }) => step)).toEqual([30, 20, 10])
    expect(run.config).toMatchObject({ batch_size: 10, optimizer: { type: 'adam' } })
    expect(run.folder).toBe(join(workspace.folder, 'runs', runId))
    expect(readFileSync(join(run.folder, 'config.json'), 'utf8')).toBe(CONFIG_TEXT)
    expect(run.command).toContain(`train -c ${join(run.folder, 'config.json')} -j 1 --data ${workspace.dataDir}`)
    expect(await stepsOf(runId)).toEqual(upTo(30))
    const { steps, widths } = await workspace.client.call('widths.history', { runId })
    expect(steps).toEqual(upTo(30))
    expect(widths[9]).toEqual([7.9, 8])
    const gradientsAt = (step: number) => workspace.client.call('widths.gradients', { runId, step })
    expect(await gradientsAt(8)).toEqual({ gradients: { from: 6, to: 10, task: [-1.25, 0.5], size: [0.25, 0] } })
    expect([await gradientsAt(0), await gradientsAt(31)]).toEqual([{ gradients: null }, { gradients: null }])
    expect(await logOf(runId)).toContain('training from step 1')
    expect(workspace.host.started[0]?.handle.pid).not.toBe(process.pid)
  })

  it('tells whoever watches what happens, in order', async () => {
    workspace = await openTestWorkspace()
    const everything = workspace.events(null)
    const runId = await workspace.create()
    const one = workspace.events(runId)
    await workspace.until(runId, 'finished')
    await Promise.all([everything.stop(), one.stop()])
    const kinds = (events: readonly RunEvent[]): Set<string> => new Set(events.map(({ type }) => type))
    expect(kinds(everything.all).has('metrics')).toBe(false)
    expect(everything.all[0]).toMatchObject({ type: 'created', run: { id: runId, status: 'queued' } })
    const points = one.all.flatMap((event) =>
      event.type === 'metrics' ? event.series.filter(({ key }) => key === 'train/loss').flatMap(({ steps }) => steps) : [],
    )
    expect(points).toEqual(points.toSorted((a, b) => a - b))
    const statuses = everything.all.flatMap((event) => (event.type === 'status' ? [event.status] : []))
    expect(statuses.at(0)).toBe('starting')
  })

  it('waits for its turn', async () => {
    workspace = await openTestWorkspace({ holdAt: 5 })
    const first = await workspace.create()
    await workspace.until(first, 'running', 5)
    const second = await workspace.create()
    expect((await workspace.client.call('runs.get', { runId: second })).status).toBe('queued')
    workspace.host.script = {}
    await workspace.client.call('runs.stop', { runId: first, mode: 'after-step' })
    await workspace.until(second, 'finished')
    expect((await workspace.client.call('runs.get', { runId: first })).status).toBe('stopped')
    const { runs, next } = await workspace.client.call('runs.list', { limit: 1 })
    expect(runs.map(({ id }) => id)).toEqual([second])
    expect((await workspace.client.call('runs.list', { before: next })).runs.map(({ id }) => id)).toEqual([first])
  })

  it('is stopped while it waits, and resumed then', async () => {
    workspace = await openTestWorkspace({ holdAt: 5 })
    const first = await workspace.create()
    await workspace.until(first, 'running', 5)
    const second = await workspace.create()
    await workspace.client.call('runs.stop', { runId: second, mode: 'after-step' })
    expect(await workspace.until(second, 'stopped')).toMatchObject({ statusReason: 'Stopped before it began.' })
    workspace.host.script = {}
    await workspace.client.call('runs.resume', { runId: second })
    await workspace.client.call('runs.stop', { runId: first, mode: 'now' })
    await workspace.until(second, 'finished')
  })

  it('pauses and goes on in the same process', async () => {
    workspace = await openTestWorkspace({ holdAt: 7 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 7)
    await workspace.client.call('runs.pause', { runId })
    await workspace.until(runId, 'paused')
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started).toHaveLength(1)
    await expect(workspace.client.call('runs.pause', { runId })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(workspace.client.call('runs.resume', { runId })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('stops after the step with a checkpoint and resumes from it, its curves unbroken', async () => {
    workspace = await openTestWorkspace({ holdAt: 12 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 12)
    await workspace.client.call('runs.stop', { runId, mode: 'after-step' })
    const stopped = await workspace.until(runId, 'stopped')
    expect(stopped.checkpoints[0]?.step).toBe(12)
    workspace.host.script = {}
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started[1]?.spec.resumeFrom?.file).toContain('step-12')
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('is killed at once, loses the steps behind its checkpoint and computes them again', async () => {
    workspace = await openTestWorkspace({ holdAt: 17 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 17)
    await workspace.client.call('runs.stop', { runId, mode: 'now' })
    expect((await workspace.until(runId, 'stopped')).statusReason).toContain('at once')
    expect(await stepsOf(runId)).toEqual(upTo(17))
    workspace.host.script = {}
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started[1]?.spec.resumeFrom?.file).toContain('step-10')
    expect(await stepsOf(runId)).toEqual(upTo(30))
    const { series } = await workspace.client.call('metrics.series', { runId, keys: ['train/attempt'] })
    const pids = series[0]?.values ?? []
    expect([pids[9], pids[10]]).toEqual([workspace.host.started[0]?.handle.pid, workspace.host.started[1]?.handle.pid])
  })

  it.each([
    ['is killed', { killAt: 14 }, 'memory ran out'],
    ['crashes in native code', { crashAt: 14 }, 'crashed in native code (SIGABRT)'],
    ['exits', { exitAt: 14, exitCode: 3 }, 'exit code 3'],
  ])('is interrupted when its process %s, and keeps what it recorded', async (_, script, reason) => {
    workspace = await openTestWorkspace(script)
    const runId = await workspace.create()
    const run = await workspace.until(runId, 'interrupted')
    expect(run.statusReason).toContain(reason)
    expect(run.checkpoints.map(({ step }) => step)).toEqual([10])
    expect((await stepsOf(runId)).slice(0, 10)).toEqual(upTo(10))
    workspace.host.script = {}
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('fails with the sentence of the trainer, and the next one starts', async () => {
    workspace = await openTestWorkspace({ failAt: 3 })
    const runId = await workspace.create()
    expect(await workspace.until(runId, 'failed')).toMatchObject({ statusReason: 'The loss is not a number at step 3. Lower the learning rate.' })
    workspace.host.script = {}
    await workspace.until(await workspace.create(), 'finished')
  })

  it('passes over damaged and missing checkpoints, and starts anew when there is none', async () => {
    workspace = await openTestWorkspace({ killAt: 25 })
    const runId = await workspace.create()
    const { folder } = await workspace.until(runId, 'interrupted')
    writeFileSync(join(folder, 'checkpoints/step-20.bin'), '{"step":99}')
    workspace.host.script = { killAt: 12 }
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'interrupted', 12)
    expect(workspace.host.started[1]?.spec.resumeFrom?.file).toContain('step-10')
    expect(await logOf(runId)).toContain('step-20.bin of step 20 is left out: its content is not what was written')
    expect(readFileSync(join(folder, 'checkpoints/step-20.bin.damaged'), 'utf8')).toBe('{"step":99}')
    rmSync(join(folder, 'checkpoints/step-10.bin'))
    workspace.host.script = {}
    await workspace.client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started[2]?.spec.resumeFrom).toBeNull()
    expect(await stepsOf(runId)).toEqual(upTo(30))
  })

  it('is refused with the findings, or the folder that is missing, and leaves nothing behind', async () => {
    workspace = await openTestWorkspace()
    const { client, dataDir, folder } = workspace
    await expect(client.call('runs.create', { configText: CONFIG_TEXT.replace('"epochs": 1', '"epoch": 1'), dataDir })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      issues: [{ path: 'epoch', line: 8 }],
    })
    await expect(client.call('runs.create', { configText: CONFIG_TEXT, dataDir: join(dataDir, 'no') })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringContaining(join(dataDir, 'no')) as unknown,
    })
    await expect(client.call('runs.create', { configText: CONFIG_TEXT, dataDir: 'relative' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(client.call('runs.get', { runId: 'zzzzzzzzzz' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await client.call('runs.list', {})).runs).toEqual([])
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })
})

describe('an engine that closes', () => {
  it('interrupts the live run with a checkpoint; the next one resumes it, its curves unbroken', async () => {
    workspace = await openTestWorkspace({ holdAt: 13 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 13)
    const waiting = await workspace.create()
    await workspace.connection.close()
    workspace.host.script = { holdAt: 20 }
    const { client } = await workspace.open({ startQueued: false })
    const run = await client.call('runs.get', { runId })
    expect(run).toMatchObject({ status: 'interrupted', step: 13, statusReason: expect.stringContaining('was closed') as unknown })
    expect(run.checkpoints[0]?.step).toBe(13)
    expect(await client.call('runs.get', { runId: waiting })).toMatchObject({ status: 'queued' })
    workspace.host.script = {}
    await client.call('runs.resume', { runId })
    await workspace.until(runId, 'finished', 30, client)
    expect(await stepsOf(runId, 'train/loss', client)).toEqual(upTo(30))
    await client.call('runs.resume', { runId: waiting })
    await workspace.until(waiting, 'finished', 30, client)
  })
})

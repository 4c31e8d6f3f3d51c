import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

let workspace: TestWorkspace
afterEach(() => workspace.remove())

const finished = async (): Promise<string> => {
  const runId = await workspace.create()
  await workspace.until(runId, 'finished')
  return runId
}

describe('table of runs', () => {
  it('knows a run by what it has recorded, with the times of its steps', async () => {
    workspace = await openTestWorkspace()
    const runId = await finished()
    const { rows, total } = await workspace.client.call('runs.table', {
      filter: 'status = finished config.batch_size = 10 train/loss:min < 1000',
      columns: ['name', 'step', 'config.optimizer.type', 'train/loss'],
    })
    expect(total).toBe(1)
    expect(rows[0]).toMatchObject({ id: runId, starred: false, tags: [], cells: ['small', 30, 'adam', expect.any(Number) as unknown] })
    const { keys } = await workspace.client.call('metrics.keys', { runId })
    expect(keys).toEqual(expect.arrayContaining(['time/process', 'time/wall', 'train/loss']))
    const { series } = await workspace.client.call('metrics.series', { runId, keys: ['time/wall', 'train/loss'], range: { from: 5, to: 9 } })
    expect(series.find(({ key }) => key === 'train/loss')?.steps).toEqual([5, 6, 7, 8, 9])
    const { fields } = await workspace.client.call('runs.fields', {})
    expect(fields.map(({ key }) => key)).toEqual(expect.arrayContaining(['config.optimizer.type', 'train/loss:best']))
  })

  it('refuses a filter that it cannot read, with the place', async () => {
    workspace = await openTestWorkspace()
    await expect(workspace.client.call('runs.table', { filter: 'step > ' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('what people add to runs', () => {
  it('is told to whoever watches, and survives', async () => {
    workspace = await openTestWorkspace()
    const runId = await finished()
    const watching = workspace.events(null)
    await workspace.client.call('runs.annotate', { runIds: [runId], change: { name: 'renamed', addTags: ['baseline'], notes: 'good' } })
    expect(await workspace.client.call('runs.annotations', { runId })).toMatchObject({ tags: ['baseline'], notes: 'good', starred: false })
    expect((await workspace.client.call('runs.get', { runId })).name).toBe('renamed')
    await watching.stop()
    await expect(workspace.client.call('runs.annotate', { runIds: ['nobody000000'], change: { starred: true } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('puts a run into the bin and, from there only, deletes it for good with its folder', async () => {
    workspace = await openTestWorkspace()
    const runId = await finished()
    const { folder } = await workspace.client.call('runs.get', { runId })
    expect((await workspace.client.call('runs.sizes', { runIds: [runId] })).bytes).toBeGreaterThan(100)
    expect(await workspace.client.call('runs.deleteForGood', { runIds: [runId] })).toEqual({ deleted: 0 })
    await workspace.client.call('runs.annotate', { runIds: [runId], change: { inBin: true } })
    expect((await workspace.client.call('runs.list', {})).runs).toEqual([])
    expect((await workspace.client.call('runs.table', { shelf: 'bin' })).total).toBe(1)
    expect(existsSync(folder)).toBe(true)
    expect(await workspace.client.call('runs.deleteForGood', { runIds: [runId] })).toEqual({ deleted: 1 })
    expect(existsSync(folder)).toBe(false)
    await expect(workspace.client.call('runs.get', { runId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('does not put away what is in progress', async () => {
    workspace = await openTestWorkspace({ holdAt: 1 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running')
    await expect(workspace.client.call('runs.annotate', { runIds: [runId], change: { archived: true } })).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('branches and repeats', () => {
  it('begin with a checkpoint of another run and bring its curves along', async () => {
    workspace = await openTestWorkspace()
    const parent = await finished()
    const { checkpoints } = await workspace.client.call('runs.get', { runId: parent })
    const checkpoint = checkpoints.find(({ step }) => step === 10)
    const { runId } = await workspace.client.call('runs.branch', { runId: parent, checkpointId: checkpoint?.id ?? -1 })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started.at(-1)?.spec.resumeFrom?.file).toContain(runId)
    expect(await workspace.client.call('runs.annotations', { runId })).toMatchObject({ parent: { runId: parent, step: 10 } })
    const { series } = await workspace.client.call('metrics.series', { runId, keys: ['train/loss'] })
    expect(series[0]?.steps).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    const gradientsAt7 = (of: string) => workspace.client.call('widths.gradients', { runId: of, step: 7 })
    expect(await gradientsAt7(runId)).toEqual(await gradientsAt7(parent))
    expect((await gradientsAt7(runId)).gradients).toMatchObject({ from: 6, to: 10 })
    expect((await workspace.client.call('runs.get', { runId: parent })).step).toBe(30)
  })

  it('go back to a checkpoint of a finished run and train on from it', async () => {
    workspace = await openTestWorkspace()
    const runId = await finished()
    const { checkpoints } = await workspace.client.call('runs.get', { runId })
    await workspace.client.call('runs.resume', { runId, checkpointId: checkpoints.find(({ step }) => step === 20)?.id ?? -1 })
    await workspace.until(runId, 'finished')
    expect(workspace.host.started).toHaveLength(2)
    expect(workspace.host.started[1]?.spec.resumeFrom?.file).toContain('20')
    const { series } = await workspace.client.call('metrics.series', { runId, keys: ['train/loss'] })
    expect(series[0]?.steps).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    await expect(workspace.client.call('runs.resume', { runId, checkpointId: 12345 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('train the same configuration with other seeds, as one group', async () => {
    workspace = await openTestWorkspace()
    const runId = await finished()
    const { runIds, group } = await workspace.client.call('runs.repeat', { runId, count: 2 })
    for (const id of runIds) await workspace.until(id, 'finished')
    const { groups } = await workspace.client.call('runs.groups', { by: 'repeats', columns: ['train/loss', 'config.seed'] })
    expect(groups).toMatchObject([{ value: group, runs: 3, spreads: [{ count: 3 }, { count: 2, min: 1, max: 2 }] }])
    expect(readFileSync(join((await workspace.client.call('runs.get', { runId: runIds[0] ?? '' })).folder, 'config.json'), 'utf8')).toContain('// a small network')
  })
})

describe('the queue', () => {
  it('keeps its order and its pause over a restart', async () => {
    workspace = await openTestWorkspace({ holdAt: 1 })
    const { call } = workspace.client
    const first = await workspace.create()
    await workspace.until(first, 'running')
    const [second, third, fourth] = [await workspace.create(), await workspace.create(), await workspace.create()]
    await call('queue.move', { runId: fourth, place: 0 })
    await call('queue.pause', { paused: true })
    expect((await call('queue.get', {})).waiting.map(({ id }) => id)).toEqual([fourth, second, third])
    await expect(call('queue.move', { runId: first, place: 0 })).rejects.toMatchObject({ code: 'CONFLICT' })
    await workspace.connection.close()

    workspace.host.script = {}
    const { client } = await workspace.open()
    const again = await client.call('queue.get', {})
    expect(again).toMatchObject({ paused: true, running: [] })
    expect(again.waiting.map(({ id }) => id)).toEqual([fourth, second, third])
    await client.call('queue.pause', { paused: false })
    await workspace.until(third, 'finished', 0, client)
    expect(workspace.host.started.map(({ spec }) => spec.runId)).toEqual([first, fourth, second, third])
  })
})

import { afterEach, expect, it } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

const PATIENCE = { everyMs: 20, hangAfterMs: 300_000 }
let workspace: TestWorkspace
afterEach(() => workspace.remove())

it('runs train beside one another as far as their measured memory fits, the next one says what it waits for, and the choice survives a restart', async () => {
  let available = 10e9
  const options = { availableBytes: () => available, watchTimes: PATIENCE }
  workspace = await openTestWorkspace({ residentBytes: 2e9 }, options)
  const { client } = workspace
  await workspace.until(await workspace.create(), 'finished')
  await client.call('queue.setAtOnce', { atOnce: 3 })
  workspace.host.script = { residentBytes: 2e9, holdAt: 5 }
  const [first, second] = [await workspace.create(), await workspace.create()]
  await workspace.until(first, 'running', 5)
  await workspace.until(second, 'running', 5)

  available = 2e9
  const third = await workspace.create()
  // 1.2 times its own 2 GB, and what the two that train may still take.
  await expect.poll(() => client.call('queue.get', {}), { timeout: 20_000 }).toMatchObject({
    atOnce: 3,
    running: [{ id: second }, { id: first }],
    waiting: [{ id: third }],
    waitsFor: 'It waits for memory: about 3.2 GB are needed for all, 2.0 GB are free.',
  })
  available = 4e9
  await workspace.until(third, 'running', 5)
  for (const runId of [first, second, third]) await client.call('runs.stop', { runId, mode: 'now' })
  for (const runId of [first, second, third]) await workspace.until(runId, 'stopped')

  await workspace.connection.close()
  const { client: later } = await workspace.open()
  expect(await later.call('queue.get', {})).toMatchObject({ atOnce: 3, waitsFor: null })
})

it('what takes an unknown amount of memory trains alone', async () => {
  workspace = await openTestWorkspace({ holdAt: 5 }, { watchTimes: PATIENCE })
  const { client } = workspace
  await client.call('queue.setAtOnce', { atOnce: 2 })
  const [first, second] = [await workspace.create(), await workspace.create()]
  await workspace.until(first, 'running', 5)
  await expect.poll(async () => (await client.call('queue.get', {})).waitsFor, { timeout: 20_000 }).toContain('not known before it has run once')
  expect((await client.call('runs.get', { runId: second })).status).toBe('queued')
  await client.call('runs.stop', { runId: first, mode: 'now' })
  await workspace.until(second, 'running', 5)
})

import { afterEach, beforeEach, expect, it } from 'vitest'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { findRun } from './find-run'

let at: TestWorkspace
beforeEach(async () => {
  at = await openTestWorkspace()
})
afterEach(() => at.remove())

const create = async (name: string): Promise<string> =>
  (await at.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: at.dataDir, name })).runId

it('finds a run by its id, the first characters of it, or its name', async () => {
  const first = await create('photos')
  const second = await create('other')
  // Ids sort by time: two of one test differ in their last characters only.
  for (const given of [first, first.slice(0, -1), 'photos']) expect((await findRun(at.client, given)).id).toBe(first)
  expect((await findRun(at.client, 'other')).id).toBe(second)
})

it('takes a name before the first characters of an id', async () => {
  const first = await create('photos')
  const named = await create(first.slice(0, 6))
  expect((await findRun(at.client, first.slice(0, 6))).id).toBe(named)
})

it('refuses what fits no run, or several', async () => {
  const ids = [await create('photos'), await create('photos')]
  await expect(findRun(at.client, 'photos')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(ids[0] ?? '') as string })
  await expect(findRun(at.client, 'phot')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(findRun(at.client, '')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

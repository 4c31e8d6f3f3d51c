import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from '../engine/testing/test-workspace'
import { record, scalarEvent } from '../training/tensorboard/event-record'
import { sha256OfFile } from '../util/file-hash'
import { callCli } from './testing/call-cli'

let here: TestWorkspace
let there: TestWorkspace
beforeEach(async () => {
  here = await openTestWorkspace({ steps: 4, checkpointEvery: 2 })
  there = await openTestWorkspace()
  return async () => {
    await here.remove()
    await there.remove()
  }
})

const cli = (at: TestWorkspace, ...words: string[]) =>
  callCli(here.dataDir, words, { client: at.client, mode: 'owner', workspace: at.folder, close: () => Promise.resolve() })

it('runs go from one workspace to another as a file', async () => {
  const runId = await here.create()
  await here.until(runId, 'finished')
  const file = join(here.dataDir, 'runs.zip')
  const written = await cli(here, 'bundle', 'export', 'small', '-o', 'runs.zip')
  expect(written).toMatchObject({ code: 0, err: '' })
  expect(written.out).toContain(file)
  expect(written.out).toContain(`1 run, 1 checkpoint`)
  expect(written.out).toContain(await sha256OfFile(file))
  const imported = await cli(there, 'bundle', 'import', 'runs.zip')
  expect(imported).toMatchObject({ code: 0, out: `${runId}  small\n1 run and 1 checkpoint imported; every file is what was written.\n` })
  const again = await cli(there, 'bundle', 'import', 'runs.zip')
  expect({ code: again.code, out: again.out }).toEqual({ code: 1, out: '' })
  expect(again.err).toContain('already')
  await writeFile(file, (await readFile(file)).subarray(0, 500))
  expect(await cli(there, 'bundle', 'import', 'runs.zip')).toMatchObject({ code: 2 })
})

it('both say it as JSON', async () => {
  const runId = await here.create()
  await here.until(runId, 'finished')
  const written = await cli(here, 'bundle', 'export', runId, '-o', 'all', '--checkpoints', 'all', '--json')
  expect(JSON.parse(written.out)).toMatchObject({ type: 'bundle', file: join(here.dataDir, 'all.fracbits'), runs: 1, checkpoints: 2 })
  const imported = await cli(there, 'bundle', 'import', 'all.fracbits', '--json')
  expect(JSON.parse(imported.out)).toEqual({ type: 'imported', runs: [{ id: runId, name: 'small' }], checkpoints: 2, comparison: null })
})

it('event files become a run', async () => {
  await writeFile(
    join(here.dataDir, 'events.out.tfevents.1.a'),
    Buffer.concat([record(scalarEvent(1, 1, [{ tag: 'loss', value: 2 }])), Buffer.from([1, 2])]),
  )
  const { code, out, err } = await cli(there, 'import', '.')
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\w{14} {2}data: 1 series, 1 points\n$/) as unknown })
  expect(err).toContain('ends within a record')
  expect(await cli(there, 'import', 'nowhere')).toMatchObject({ code: 2 })
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StudioError } from '../contract/errors'
import { makeTempDir } from '../util/temp-dir'
import { CONFIG_TEXT, openTestWorkspace, OUTLINE, type TestWorkspace } from './testing/test-workspace'

let workspace: TestWorkspace
let shipped: ReturnType<typeof makeTempDir>
const LEARNING = CONFIG_TEXT.replace(
  '"epochs": 1',
  '"epochs": 1, "compression": { "algorithm": "fracbits_quantization", "loss": { "compression_rate": 1.75 } }',
)

beforeEach(() => {
  shipped = makeTempDir()
  mkdirSync(shipped.path, { recursive: true })
  writeFileSync(join(shipped.path, 'small.jsonc'), `// Title: Small\n// For trials.\n${LEARNING}`)
})
afterEach(async () => {
  await workspace.remove()
  shipped.remove()
})
const open = async (script = {}, options = {}): Promise<void> => {
  workspace = await openTestWorkspace(script, { configsDir: shipped.path, ...options })
}
const summaries = async () => (await workspace.client.call('configs.list', {})).configs

describe('configurations', () => {
  it('lists presets, own ones and those of runs, with what they are and what they reached', async () => {
    await open()
    const { client } = workspace
    const { id } = await client.call('configs.create', { name: 'Mine', text: '{ "model": ' })
    const { runId } = await client.call('runs.create', { configText: LEARNING, dataDir: workspace.dataDir, configId: 'preset:small' })
    await workspace.until(runId, 'finished')
    const [preset, mine, ofRun] = await summaries()
    const used = { useCount: 1, bestUse: { runId, status: 'finished' } }
    expect(preset).toMatchObject({
      id: 'preset:small',
      name: 'Small',
      description: 'For trials.',
      model: 'resnet20',
      targetRate: 1.75,
      problems: 0,
      ...used,
    })
    expect(mine).toMatchObject({ id, kind: 'own', name: 'Mine', problems: 1, useCount: 0, bestUse: null })
    expect(ofRun).toMatchObject({ id: `run:${runId}`, kind: 'run', ...used })
    expect(await client.call('configs.get', { id: `run:${runId}` })).toMatchObject({ text: LEARNING, versions: [] })
    expect((await client.call('configs.get', { id: 'preset:small' })).uses).toMatchObject([{ runId }])
  })

  it('keeps every saved version, and none for a text that did not change', async () => {
    await open()
    const { client } = workspace
    const { id } = await client.call('configs.create', { name: 'Mine', text: 'one' })
    expect(await client.call('configs.save', { id, text: 'two' })).toEqual({ version: 2 })
    expect(await client.call('configs.save', { id, text: 'two' })).toEqual({ version: 2 })
    await client.call('configs.rename', { id, name: 'Renamed' })
    const detail = await client.call('configs.get', { id })
    expect(detail).toMatchObject({ name: 'Renamed', text: 'two' })
    expect(detail.versions.map(({ version, text }) => [version, text])).toEqual([
      [2, 'two'],
      [1, 'one'],
    ])
  })

  it('keeps unsaved text over a restart until it is saved', async () => {
    await open()
    const { id } = await workspace.client.call('configs.create', { name: 'Mine', text: 'one' })
    await workspace.client.call('drafts.put', { key: id, text: 'half an edit' })
    await workspace.connection.close()
    const { client } = await workspace.open()
    expect((await client.call('configs.get', { id })).draft).toMatchObject({ text: 'half an edit' })
    expect((await client.call('configs.list', {})).configs.find((one) => one.id === id)).toMatchObject({ hasDraft: true })
    await client.call('configs.save', { id, text: 'a whole edit' })
    expect(await client.call('configs.get', { id })).toMatchObject({ text: 'a whole edit', draft: null })
    await client.call('drafts.put', { key: 'new-run', text: 'x' })
    await client.call('drafts.put', { key: 'new-run', text: null })
    expect(await client.call('drafts.get', { key: 'new-run' })).toEqual({ text: null })
  })

  it('removes from the list and brings back', async () => {
    await open()
    const { client } = workspace
    const { id } = await client.call('configs.create', { name: 'Mine', text: 'one' })
    await client.call('configs.remove', { id })
    expect((await summaries()).map((one) => one.id)).toEqual(['preset:small'])
    await client.call('configs.restore', { id })
    expect((await summaries()).map((one) => one.id)).toEqual(['preset:small', id])
  })

  it('refuses to change what is shipped, and says what to do', async () => {
    await open()
    await expect(workspace.client.call('configs.save', { id: 'preset:small', text: 'x' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('Duplicate it') as unknown,
    })
    await expect(workspace.client.call('configs.save', { id: 'own:zzzzzzzzzz', text: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('preview', () => {
  it('describes the network of a text that can be used', async () => {
    await open()
    expect(await workspace.client.call('configs.preview', { text: CONFIG_TEXT })).toEqual({ network: OUTLINE, issues: [], forecast: null })
  })

  it('says what is wrong with a text, and why a network cannot be built', async () => {
    const message = 'The image is too small. Use at least 75 x 75.'
    await open(
      {},
      {
        describeNetwork: () => {
          throw new StudioError('CONFIG_INVALID', message)
        },
      },
    )
    expect((await workspace.client.call('configs.preview', { text: '{' })).issues).toHaveLength(1)
    expect(await workspace.client.call('configs.preview', { text: CONFIG_TEXT })).toEqual({
      network: null,
      issues: [{ path: '', message }],
      forecast: null,
    })
  })
})

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfigText } from '../config/config-text'
import { readPresets } from './presets'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

let workspace: TestWorkspace
afterEach(() => workspace.remove())

describe('engine', () => {
  it('says what it is and where the demo images are', async () => {
    const demo = { available: false, directory: '/nowhere', problem: 'The demo images are missing. Run the set-up.' }
    workspace = await openTestWorkspace({}, { demoData: () => Promise.resolve(demo) })
    expect(await workspace.client.call('app.info', {})).toEqual({
      version: '1.2.3',
      workspace: workspace.folder,
      enginePid: process.pid,
      // The engine follows its own events.
      subscriptions: 1,
      demoData: demo,
      notice: null,
    })
    await expect(workspace.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: null })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: demo.problem,
    })
  })

  it('checks the machine and names a remedy for what is wrong', async () => {
    workspace = await openTestWorkspace()
    workspace.host.probe = () => Promise.reject(new Error('libtensorflow.so.2 was not found'))
    const { checks } = await workspace.client.call('app.doctor', {})
    expect(checks.find(({ name }) => name === 'TensorFlow')).toMatchObject({
      ok: false,
      detail: 'libtensorflow.so.2 was not found',
      remedy: expect.any(String) as unknown,
    })
    expect(checks.find(({ name }) => name === 'Database')).toMatchObject({ ok: true, remedy: null })
  })

  it('answers findings about a configuration instead of failing', async () => {
    workspace = await openTestWorkspace()
    expect(await workspace.client.call('configs.validate', { text: CONFIG_TEXT })).toEqual({ issues: [] })
    expect((await workspace.client.call('configs.validate', { text: '{' })).issues).toHaveLength(1)
  })

  it('lists the shipped configurations, every one of them usable', async () => {
    const shipped = join(import.meta.dirname, '../../configs')
    workspace = await openTestWorkspace({}, { configsDir: shipped })
    const { presets } = await workspace.client.call('configs.presets', {})
    expect(presets).toEqual(await readPresets(shipped))
    expect(presets.length).toBeGreaterThan(0)
    for (const { name, text, description } of presets) {
      expect([name, readConfigText(text).issues]).toEqual([name, []])
      expect(description).not.toBe('')
    }
  })

  it('creates one run for a command that is sent again over another connection', async () => {
    workspace = await openTestWorkspace({ holdAt: 1 })
    const input = { configText: CONFIG_TEXT, dataDir: workspace.dataDir }
    const other = await workspace.open()
    const first = await workspace.client.call('runs.create', input, { idempotencyKey: 'same' })
    expect(await other.client.call('runs.create', input, { idempotencyKey: 'same' })).toEqual(first)
    expect((await workspace.client.call('runs.list', {})).runs).toHaveLength(1)
    await workspace.client.call('runs.stop', { ...first, mode: 'now' })
    await workspace.until(first.runId, 'stopped')
  })

  it('puts the folder of a run where it is wanted, and says why it can not', async () => {
    workspace = await openTestWorkspace()
    const logDir = join(workspace.dataDir, 'my runs')
    const { runId } = await workspace.client.call('runs.create', {
      configText: CONFIG_TEXT,
      dataDir: workspace.dataDir,
      logDir,
      name: 'mine',
      workers: 3,
    })
    const run = await workspace.until(runId, 'finished')
    expect(run).toMatchObject({ folder: join(logDir, runId), name: 'mine' })
    expect(readFileSync(join(logDir, runId, 'config.json'), 'utf8')).toBe(CONFIG_TEXT)
    expect(run.command).toContain('-j 3')
    writeFileSync(join(workspace.dataDir, 'file'), '')
    mkdirSync(join(workspace.dataDir, 'dir'))
    await expect(
      workspace.client.call('runs.create', { configText: CONFIG_TEXT, dataDir: workspace.dataDir, logDir: join(workspace.dataDir, 'file') }),
    ).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(join(workspace.dataDir, 'file')) as unknown })
  })

  it('kills a trainer that does not obey when told to stop at once', async () => {
    workspace = await openTestWorkspace({ holdAt: 5, deaf: true, steps: 1_000_000 })
    const runId = await workspace.create()
    await workspace.until(runId, 'running', 5)
    await workspace.client.call('runs.stop', { runId, mode: 'after-step' })
    await workspace.until(runId, 'stopping')
    await expect(workspace.client.call('runs.resume', { runId })).rejects.toMatchObject({ code: 'CONFLICT' })
    await workspace.client.call('runs.stop', { runId, mode: 'now' })
    await workspace.until(runId, 'stopped')
  })

  it('marks a run as failed when its trainer can not be started', async () => {
    workspace = await openTestWorkspace()
    workspace.host.start = () => {
      throw new Error('spawn ENOMEM')
    }
    const runId = await workspace.create()
    expect((await workspace.until(runId, 'failed')).statusReason).toContain('spawn ENOMEM')
  })
})

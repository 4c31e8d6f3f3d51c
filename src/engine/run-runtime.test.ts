import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { makeWheel, manifestOf } from './runtimes/testing/wheel-index'
import { CONFIG_TEXT, openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

let temp: ReturnType<typeof makeTempDir>
let at: TestWorkspace

const folderOf = (name: string): string => join(temp.path, name)

/** As if it had been installed. */
async function place(name: string, kind: 'cpu' | 'gpu'): Promise<void> {
  const { wheel } = await makeWheel('tensorflow-2.21.0-py3-none-any.whl', { x: 'x' }, ['tensorflow/libtensorflow_cc.so.2'])
  mkdirSync(join(folderOf(name), 'tensorflow'), { recursive: true })
  writeFileSync(join(folderOf(name), 'runtime.json'), JSON.stringify(manifestOf(name, kind, [wheel])))
}

beforeEach(async () => {
  temp = makeTempDir()
  at = await openTestWorkspace({ steps: 3, holdAt: 2 }, { runtimesDir: temp.path })
})
afterEach(async () => {
  await at.remove()
  temp.remove()
})

const create = async (runtime: string): Promise<string> =>
  (await at.client.call('runs.create', { configText: CONFIG_TEXT.replace('"epochs"', `"runtime": ${JSON.stringify(runtime)}, "epochs"`), dataDir: at.dataDir })).runId

describe('the runtime of a run', () => {
  it.runIf(process.platform === 'linux')("is in its process's environment, one beside the other", async () => {
    await place('gpu-2.20.0', 'gpu')
    await place('gpu-2.21.0', 'gpu')
    await at.client.call('queue.setAtOnce', { atOnce: 1 })
    for (const [asked, name] of [
      ['gpu-2.20.0', 'gpu-2.20.0'],
      ['gpu', 'gpu-2.21.0'],
    ] as const) {
      const runId = await create(asked)
      await at.until(runId, 'running', 1)
      const trainer = at.host.started.find(({ spec }) => spec.runId === runId)
      expect(trainer?.spec.runtime).toMatchObject({ name, kind: 'gpu', folder: folderOf(name) })
      const environment = readFileSync(`/proc/${trainer?.handle.pid ?? 0}/environ`, 'utf8').split('\0')
      expect(environment.find((line) => line.startsWith('LD_LIBRARY_PATH='))?.split(/[=:]/)[1]).toBe(join(folderOf(name), 'tensorflow'))
      expect(environment).toContain(`FRACBITS_RUNTIME_DIR=${folderOf(name)}`)
      await expect(at.client.call('runtimes.remove', { name })).rejects.toMatchObject({ code: 'CONFLICT', message: `The run "small" computes with the runtime ${name}. Stop it first.` })
      await at.client.call('runs.stop', { runId, mode: 'now' })
      await at.until(runId, 'stopped')
    }
    await at.client.call('runtimes.remove', { name: 'gpu-2.20.0' })
  })

  it('must be installed when the run is made, and when it starts', async () => {
    await expect(create('gpu')).rejects.toMatchObject({ code: 'CONFIG_INVALID', issues: [{ path: 'runtime', found: '"gpu"' }] })
    await place('cpu-2.20.0', 'cpu')
    await at.client.call('queue.pause', { paused: true })
    const runId = await create('cpu-2.20.0')
    rmSync(folderOf('cpu-2.20.0'), { recursive: true })
    await at.client.call('queue.pause', { paused: false })
    const { statusReason } = await at.until(runId, 'failed')
    expect(statusReason).toContain('The runtime "cpu-2.20.0" is not installed.')
    expect(at.host.started).toEqual([])
  })

  it('is the built-in one where the configuration names none', async () => {
    const runId = await at.create()
    await at.until(runId, 'running', 1)
    expect(at.host.started[0]?.spec.runtime).toBeUndefined()
    await at.client.call('runs.stop', { runId, mode: 'now' })
    await at.until(runId, 'stopped')
  })
})

it('the doctor loads each installed runtime and says why one can not be used', async () => {
  await place('gpu-2.21.0', 'gpu')
  const { checks } = await at.client.call('app.doctor', {})
  expect(checks.map(({ name }) => name).slice(0, 3)).toEqual(['TensorFlow', 'GPU', 'Runtime gpu-2.21.0'])
  const runtime = checks.find(({ name }) => name.startsWith('Runtime'))
  // The scripted process computes on the CPU, whatever the machine has.
  expect(runtime).toMatchObject({ ok: false, remedy: expect.any(String) as unknown })
  expect(runtime?.detail).toContain('(libtensorflow none on CPU, 1 thread)')
})

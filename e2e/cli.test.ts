import { writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { COUNT_VARIABLE, compileCpuDevices } from '../src/tensor/testing/cpu-devices'
import { launchDesktopApp } from './support/desktop-app'
import { freshWorkspace } from './support/places'
import { type CliProcess, startCli } from './support/run-cli'
import { writeSmallDemoData } from './support/small-demo-data'

const CONFIG = `{
  // a few seconds of training
  "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 32, "batch_size_val": 100, "epochs": EPOCHS,
  "optimizer": { "type": "SGD", "base_lr": 0.05 }
}`

const Line = z.looseObject({ type: z.string() })
const Summary = z.looseObject({
  type: z.literal('summary'),
  runId: z.string(),
  status: z.string(),
  checkpoint: z.string().nullable(),
  exitCode: z.int(),
  fp32: z.looseObject({ top1: z.number() }).nullable(),
})

let place: Awaited<ReturnType<typeof freshWorkspace>>
let common: readonly string[]
let env: Record<string, string>
let short: string
let long: string

beforeAll(async () => {
  place = await freshWorkspace()
  common = ['--workspace', place.workspace]
  env = { FRACBITS_DEMO_DATA: join(place.workspace, 'few-images') }
  await writeSmallDemoData(join(place.workspace, 'few-images'), { train: 160, validation: 100 })
  short = join(place.workspace, 'short.jsonc')
  long = join(place.workspace, 'long.jsonc')
  await writeFile(short, CONFIG.replace('EPOCHS', '1'))
  await writeFile(long, CONFIG.replace('EPOCHS', '2000'))
})
afterAll(() => place.remove())

const cli = (...args: string[]): CliProcess => startCli([...args, ...common], env)
const parsed = (stdout: string): z.infer<typeof Line>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)))
const summaryOf = (stdout: string): z.infer<typeof Summary> => Summary.parse(parsed(stdout).at(-1))

/** Reads stdout until a line of this type. */
async function lineOf(process: CliProcess, type: string): Promise<z.infer<typeof Line>> {
  for await (const line of process.lines) {
    const value = Line.parse(JSON.parse(line))
    if (value.type === type) return value
  }
  throw new Error(`No "${type}" came: ${(await process.ended).stderr}`)
}

describe('the command', () => {
  it('trains by the older spelling, prints nothing but JSON lines, and ends with a summary', async () => {
    const { code, stdout } = await cli('-m', 'train', '-c', short, '-j', '0', '--log-dir', join(place.workspace, 'elsewhere'), '--json').ended
    const summary = summaryOf(stdout)
    expect({ code, status: summary.status, exitCode: summary.exitCode }).toEqual({ code: 0, status: 'finished', exitCode: 0 })
    expect(summary.fp32?.top1).toBeGreaterThanOrEqual(0)
    expect(summary.checkpoint).toContain(join(place.workspace, 'elsewhere'))
    expect(existsSync(summary.checkpoint ?? '')).toBe(true)
    expect(new Set(parsed(stdout).map(({ type }) => type))).toEqual(
      new Set(['status', 'started', 'progress', 'metrics', 'log', 'checkpoint', 'result', 'summary']),
    )
  })

  it('stops after the step with a checkpoint at the first Ctrl-C, and goes on from there with resume; the second one stops at once', async () => {
    const first = cli('train', '-c', long, '--json')
    await lineOf(first, 'metrics')
    first.child.kill('SIGINT')
    const stopped = await first.ended
    const summary = summaryOf(stopped.stdout)
    expect(stopped.stderr).toContain('Stopping after this step with a checkpoint')
    expect({ code: stopped.code, status: summary.status }).toEqual({ code: 130, status: 'stopped' })
    expect(existsSync(summary.checkpoint ?? '')).toBe(true)

    const second = cli('resume', summary.runId.slice(0, -1), '--json')
    await lineOf(second, 'metrics')
    second.child.kill('SIGINT')
    second.child.kill('SIGTERM')
    const killed = await second.ended
    expect(killed.stderr).toContain('Stopping at once')
    expect(killed.code).toBe(130)

    const shown = await cli('show', summary.runId).ended
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain(summary.runId)
  })

  it('reports every mistake of a configuration at its place, and leaves no run behind', async () => {
    const bad = join(place.workspace, 'bad.jsonc')
    await writeFile(
      bad,
      '{\n  "model": "resnet21",\n  "batch_size": -3,\n  "num_classes": 10,\n  "input_info": { "sample_size": [1, 1, 28, 28] },\n  "dataset": "fashion_mnist",\n  "epoks": 3\n}',
    )
    const before = (await cli('list', '--json').ended).stdout
    const { code, stdout, stderr } = await cli('train', '-c', bad).ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/bad\.jsonc:2:\d+ {2}model: .*found "resnet21", allowed .*resnet20/)
    expect(stderr).toMatch(/bad\.jsonc:3:\d+ {2}batch_size: .*found -3/)
    expect(stderr).toMatch(/bad\.jsonc:7:\d+ {2}epoks: /)
    expect((await cli('list', '--json').ended).stdout).toBe(before)
  })

  it('shares batches among devices, here two that the processor is made to look like, and says why where it cannot', async () => {
    const devices = { ...env, LD_PRELOAD: compileCpuDevices(place.workspace), [COUNT_VARIABLE]: '2' }
    const shared = await startCli(['train', '-c', short, '--replicas', '2', '--cpu-only', '--json', ...common], devices).ended
    expect({ code: shared.code, status: summaryOf(shared.stdout).status }).toEqual({ code: 0, status: 'finished' })
    expect(shared.stdout).toContain('Every training batch is divided into 2 parts of 16 images, computed by CPU:0, CPU:1;')
    expect((await cli('show', summaryOf(shared.stdout).runId).ended).stdout).toMatch(/CPU, \d+ threads, batch in 2 parts/)

    const one = await cli('train', '-c', short, '--replicas', '4', '--cpu-only', '--json').ended
    expect(one.stdout).toContain('Every training batch is divided into 4 parts of 8 images, all computed by the one processor')
    expect(one.code).toBe(0)

    const missing = await cli('train', '-c', short, '--replicas', '2').ended
    expect(missing.stderr + missing.stdout).toContain('The run asks for 2 GPUs, but the built-in TensorFlow computes on the CPU.')
    expect(missing.code).not.toBe(0)

    const unequal = await cli('train', '-c', short, '--replicas', '3', '--cpu-only').ended
    expect(unequal.stderr).toContain("3 devices can't share 32 images equally. Set batch_size to a multiple of 3, such as 33")
    expect(unequal.code).toBe(2)
  })

  it.each([
    [['train', '-c', 'none.jsonc', '--replicas', '2', '--gpu-id', '1'], 'cannot be used with'],
    [['train', '-c', 'none.jsonc'], 'does not exist'],
    [['show', 'zzzz'], 'No run'],
    [['train'], '--config'],
    [['demo', '-j', '65'], 'whole number from 0 to 64'],
    [['serve', '--host', '0.0.0.0'], '--allow-network'],
    [['dance'], 'unknown command'],
  ])('ends with code 2 for %j', async (args, words) => {
    const { code, stderr } = await cli(...args).ended
    expect(stderr).toContain(words)
    expect(code).toBe(2)
  })

  it('says in --help what its exit codes mean', async () => {
    const { code, stdout } = await cli('--help').ended
    expect(code).toBe(0)
    expect(stdout).toContain('130  stopped by you')
  })
})

describe('the command beside the open app', () => {
  it("sees the app's runs, and its own run is the app's", async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('[data-testid="run-row"]').first().waitFor()
    const train = cli('train', '-c', long, '--name', 'from the terminal', '--json')
    await lineOf(train, 'metrics')
    const engines = await desktop.app.evaluate(({ app }) => app.getAppMetrics().filter(({ name }) => name?.startsWith('trainer:') === true).length)
    expect(engines).toBe(1)
    await desktop.page.locator('text=from the terminal').first().waitFor()
    const started = await cli('list', '--json').ended
    const run = z.looseObject({ id: z.string(), status: z.string(), name: z.string() }).parse(parsed(started.stdout)[0])
    expect(run).toMatchObject({ name: 'from the terminal', status: 'running' })
    expect((await cli('stop', run.id).ended).code).toBe(0)
    const ended = await train.ended
    expect({ code: ended.code, status: summaryOf(ended.stdout).status }).toEqual({ code: 130, status: 'stopped' })
    await desktop.close()
  })

  it('learns what became of its run when the app is closed first', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    await desktop.page.locator('text=Connected').first().waitFor()
    const train = cli('train', '-c', long, '--json')
    await lineOf(train, 'metrics')
    await desktop.close()
    const ended = await train.ended
    expect(ended.stderr).toContain('has ended')
    expect({ code: ended.code, stderr: ended.code === 3 ? '' : ended.stderr }).toEqual({ code: 3, stderr: '' })
    expect(summaryOf(ended.stdout)).toMatchObject({ status: 'interrupted' })
    expect(existsSync(summaryOf(ended.stdout).checkpoint ?? '')).toBe(true)
  })
})

import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openStore } from '../src/store/store'
import { accessibilityViolations } from './support/accessibility'
import { launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { type CliProcess, startCli } from './support/run-cli'
import { type SlurmCluster, startSlurm } from './support/slurm-cluster'
import { writeSmallDemoData } from './support/small-demo-data'

const EPOCHS = 60
const configuration = (epochs: number, slurm: object): string => `{
  "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 32, "batch_size_val": 100, "epochs": ${String(epochs)}, "seed": 1,
  "optimizer": { "type": "SGD", "base_lr": 0.05 },
  "slurm": ${JSON.stringify(slurm)}
}`

const Job = z.object({
  jobId: z.string().nullable(),
  state: z.string(),
  reason: z.string().nullable(),
  node: z.string().nullable(),
  restarts: z.int(),
})
const Line = z.looseObject({ type: z.string() })
const Submitted = z.object({ type: z.literal('submitted'), runId: z.string(), status: z.string(), reason: z.string().nullable(), job: Job })
const Shown = z.looseObject({
  id: z.string(),
  status: z.string(),
  statusReason: z.string().nullable(),
  step: z.int(),
  totalSteps: z.int(),
  slurm: Job,
  checkpoints: z.array(z.looseObject({ step: z.int() })),
  folder: z.string(),
})

let place: Awaited<ReturnType<typeof freshWorkspace>>
let slurm: SlurmCluster
let env: Record<string, string>

beforeAll(async () => {
  place = await freshWorkspace()
  slurm = await startSlurm()
  env = { ...slurm.env, FRACBITS_DEMO_DATA: join(place.workspace, 'few-images'), FRACBITS_SLURM_ASK_SECONDS: '1' }
  await writeSmallDemoData(join(place.workspace, 'few-images'), { train: 320, validation: 100 })
})
afterAll(async () => {
  await slurm.close()
  await place.remove()
})

const cli = (...args: readonly string[]): CliProcess => startCli([...args, '--workspace', place.workspace], env)
/** Ends with code 0, and what it printed. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args).ended
  expect([code, code === 0 ? '' : stderr + stdout]).toEqual([0, ''])
  return stdout
}
const linesOf = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
async function config(name: string, epochs: number, options: object = {}): Promise<string> {
  const file = join(place.workspace, `${name}.json`)
  await writeFile(file, configuration(epochs, { cpus: 1, ...options }))
  return file
}
async function submit(file: string, ...more: readonly string[]): Promise<z.infer<typeof Submitted>[]> {
  return linesOf(await done('train', '-c', file, '--on', 'slurm', '--detach', ...more, '--json')).map((line) => Submitted.parse(line))
}
const show = async (runId: string): Promise<z.infer<typeof Shown>> => Shown.parse(linesOf(await done('show', runId, '--json'))[0])
/** What the database holds of a run: steps of its points, and what its log says. */
async function recorded(runId: string): Promise<{ losses: number[]; validations: number[]; messages: string[] }> {
  const store = await openStore(join(place.workspace, 'studio.db'))
  try {
    const [losses, validations] = await store.metrics.read(runId, ['train/loss', 'val/top1'], 100_000)
    const messages = (await store.logs.page(runId, 0, 2000)).map(({ message }) => message)
    return { losses: losses?.steps ?? [], validations: validations?.steps ?? [], messages }
  } finally {
    await store.close()
  }
}
/** Reads stdout until a line that is meant. */
async function lineWith(process: CliProcess, isMeant: (line: z.infer<typeof Line>) => boolean): Promise<z.infer<typeof Line>> {
  // Not by `for await`, which would close the lines when it is left.
  for (let next = await process.lines.next(); next.done !== true; next = await process.lines.next()) {
    const line = Line.parse(JSON.parse(next.value))
    if (isMeant(line)) return line
  }
  throw new Error(`It did not come: ${(await process.ended).stderr}`)
}
/** The starts of a run's job. */
async function livesOf(folder: string): Promise<unknown[]> {
  const marks = linesOf(await readFile(join(folder, 'slurm/1/marks.ndjson'), 'utf8')).map((line) => z.looseObject({ kind: z.string() }).parse(line))
  return marks.filter(({ kind }) => kind === 'life')
}
/** Follows a run to its end; the last line is the summary. */
async function followed(runId: string): Promise<{ code: number | null; lines: z.infer<typeof Line>[] }> {
  const { code, stdout } = await cli('resume', runId, '--json').ended
  return { code, lines: linesOf(stdout).map((line) => Line.parse(line)) }
}

describe('runs on a Slurm cluster', () => {
  let limited: CliProcess

  it('doctor says what the cluster offers', async () => {
    expect(await done('doctor')).toMatch(/\[ok\] {3}Slurm: Slurm \S+, partition main \(default\); main: 1 node of 8 CPUs and 4000 MB/)
  })

  it('a job that waits says why, and is stopped before it began; what sbatch refuses ends the run in its words', async () => {
    // Its minute passes while the others are tried.
    limited = startCli(
      [
        'train',
        '-c',
        await config('limited', 100_000, { time_limit: '1' }),
        '--on',
        'slurm',
        '--json',
        '--workspace',
        join(place.workspace, 'limited'),
      ],
      env,
    )
    const [waiting] = await submit(await config('waiting', 1, { options: ['--begin=now+1hour'] }))
    const run = await show(waiting?.runId ?? '')
    expect(run).toMatchObject({
      status: 'starting',
      statusReason: `Slurm job ${run.slurm.jobId ?? ''} is pending: BeginTime.`,
      slurm: { state: 'PENDING', reason: 'BeginTime', node: null },
    })
    await done('stop', run.id)
    expect(await show(run.id)).toMatchObject({ status: 'stopped', statusReason: 'Stopped before it began.' })

    const refused = linesOf(
      (await cli('train', '-c', await config('refused', 1, { partition: 'nowhere' }), '--on', 'slurm', '--detach', '--json').ended).stdout,
    )
    expect(Submitted.parse(refused[0])).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^Slurm took no job: .*invalid partition/i) as string,
    })
  })

  it('two repeats are two jobs; metrics arrive while they run; the engine may die; a requeued job goes on from its checkpoint to the last epoch; one is cancelled', async () => {
    const train = cli('train', '-c', await config('repeated', EPOCHS), '--on', 'slurm', '--repeats', '2', '--json')
    const metrics = await lineWith(train, ({ type }) => type === 'metrics')
    const first = String(metrics['runId'])
    expect((await show(first)).slurm).toMatchObject({ state: 'RUNNING', node: 'node1', restarts: 0 })
    await lineWith(train, ({ type }) => type === 'checkpoint')
    // Slurm takes the first job away and will start it again, and the engine dies.
    await slurm.command('scontrol', 'requeue', (await show(first)).slurm.jobId ?? '')
    train.child.kill('SIGKILL')
    await train.ended

    const runs = linesOf(await done('list', '--json')).map((line) => Shown.partial().parse(line))
    const second = runs.find(({ id, status }) => id !== first && (status === 'running' || status === 'starting'))?.id ?? ''
    const stopped = cli('resume', second, '--json')
    await lineWith(stopped, ({ type }) => type === 'status')
    await done('stop', second)
    await stopped.ended
    const cancelled = await show(second)
    expect(cancelled).toMatchObject({ status: 'stopped', slurm: { state: 'ENDED' } })
    expect(cancelled.checkpoints[0]?.step).toBe(cancelled.step)

    const { code, lines } = await followed(first)
    expect(lines.at(-1)).toMatchObject({ type: 'summary', status: 'finished' })
    expect(code).toBe(0)
    const run = await show(first)
    expect(run).toMatchObject({ step: run.totalSteps, slurm: { restarts: 1, node: 'node1' } })
    const lives = await livesOf(run.folder)
    expect(lives).toHaveLength(2)
    expect(lives[1]).toMatchObject({ resumed: { step: expect.any(Number) as number } })
    // What the job wrote is in the database, and no longer needed.
    expect(existsSync(join(run.folder, 'slurm/1/events.ndjson'))).toBe(false)
    // Nothing is missing and nothing is there twice, whichever engine recorded it.
    const { losses, validations, messages } = await recorded(first)
    expect(losses).toEqual([...new Set(losses)].sort((a, b) => a - b))
    expect(losses.at(-1)).toBe(run.totalSteps)
    expect(validations).toEqual(Array.from({ length: EPOCHS }, (_, epoch) => ((epoch + 1) * run.totalSteps) / EPOCHS))
    expect(messages.filter((message) => message.startsWith('Slurm has started the job again; the run goes on from step '))).toHaveLength(1)
  })

  it('the window offers Slurm, shows what it says of the job, and closes without ending it', async () => {
    const desktop = await launchDesktopApp({ workspace: place.workspace, env })
    const by = (id: string) => desktop.page.locator(`[data-testid="${id}"]`)
    await desktop.page.evaluate(() => (location.hash = '#/new'))
    await by('run-place-slurm').click()
    await by('slurm-wishes').filter({ hasText: 'partition main' }).waitFor()
    await by('data-folder').fill(env['FRACBITS_DEMO_DATA'] ?? '')
    await by('run-name').fill('from the window')
    const editor = by('json-editor').locator('.cm-content')
    await editor.click()
    await desktop.page.keyboard.press('Control+A')
    await desktop.page.keyboard.insertText(configuration(60, { cpus: 1, time_limit: '10' }))
    await by('slurm-wishes').filter({ hasText: 'time limit 10, 1 CPU' }).waitFor()
    await picture(desktop.page, 'new-run-slurm')
    expect(await accessibilityViolations(desktop.page)).toEqual([])
    await by('start-run').click()
    await by('run-status').and(desktop.page.locator('[data-status="running"]')).waitFor({ timeout: 60_000 })
    await desktop.page.getByText(/^Slurm job \d+, running on node node1$/).first().waitFor()
    await picture(desktop.page, 'run-slurm')
    const [, runId = ''] = /runs\/([0-9a-z]+)/.exec(desktop.page.url()) ?? []
    await desktop.page.getByRole('link', { name: 'Queue' }).first().click()
    await by('queue-job').filter({ hasText: 'running on node node1' }).first().waitFor()
    await picture(desktop.page, 'queue-slurm')
    expect(await accessibilityViolations(desktop.page)).toEqual([])
    await desktop.close()
    expect(desktop.pageErrors).toEqual([])

    const run = await show(runId)
    expect(run).toMatchObject({ status: 'running', slurm: { state: 'RUNNING' } })
    // Its trainer is a process of the application's command here, which writes a checkpoint before Slurm takes the job away.
    await slurm.command('scontrol', 'requeue', run.slurm.jobId ?? '')
    const again = cli('resume', runId, '--json')
    await lineWith(again, ({ type }) => type === 'started')
    await done('stop', runId)
    await again.ended
    expect(await show(runId)).toMatchObject({ status: 'stopped', slurm: { restarts: 1 } })
    expect((await livesOf(run.folder))[1]).toMatchObject({ resumed: { step: expect.any(Number) as number } })
  })

  it('a job that reaches its time limit is told so, with a checkpoint to go on from', async () => {
    const { code, stdout } = await limited.ended
    const lines = linesOf(stdout).map((line) => Line.parse(line))
    const summary = z.looseObject({ status: z.string(), checkpoint: z.string().nullable() }).parse(lines.at(-1))
    expect({ code, status: summary.status }).toEqual({ code: 3, status: 'interrupted' })
    expect(lines.findLast(({ type }) => type === 'status')?.['reason']).toMatch(
      /^Slurm job \d+ on node node1 reached its time limit and was ended by Slurm: /,
    )
    expect(summary.checkpoint).not.toBeNull()
  })
})

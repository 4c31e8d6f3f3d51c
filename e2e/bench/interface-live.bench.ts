import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeIdxDataset } from '../../src/data/testing/write-idx-dataset'
import { type DesktopApp, launchDesktopApp } from '../support/desktop-app'
import { freshWorkspace } from '../support/places'
import { startCli } from '../support/run-cli'

/** A run that is really trained, with its page open: from the end of a step to the frame that shows its point, and the memory of all processes. */
const MINUTES = Number(process.env['FRACBITS_LIVE_MINUTES'] ?? 10)
const SAMPLE_EVERY_MS = 5_000
const CONFIG = `{
  "name": "live", "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 8, "epochs": 100000, "seed": 1, "optimizer": { "type": "SGD", "base_lr": 0.001 },
  "compression": { "algorithm": "fracbits_quantization", "initializer": { "range": { "num_init_samples": 16 } } }
}`

interface Lags {
  lags?: number[]
}

let place: Awaited<ReturnType<typeof freshWorkspace>>
let desktop: DesktopApp
beforeAll(async () => {
  place = await freshWorkspace()
  await writeIdxDataset(join(place.workspace, 'images'), { train: 4096, validation: 64 })
  await writeFile(join(place.workspace, 'live.json'), CONFIG)
  desktop = await launchDesktopApp({ workspace: place.workspace })
})
afterAll(async () => {
  await desktop.close()
  await place.remove()
})

/** Megabytes by process, as the system counts them. */
const memory = (): Promise<Record<string, number>> =>
  desktop.app.evaluate(({ app }) =>
    Object.fromEntries(app.getAppMetrics().flatMap(({ type, name, memory: { workingSetSize } }): [string, number][] => {
      const process = type === 'Tab' ? 'page' : name === 'engine' ? 'engine' : name?.startsWith('trainer') === true ? 'trainer' : null
      return process === null ? [] : [[process, Math.round(workingSetSize / 1024)]]
    })),
  )
const at = (sorted: readonly number[], share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity)

it(`shows what a trainer does for ${MINUTES} minutes, soon and without growing`, async () => {
  const { page, pageErrors } = desktop
  const training = startCli(['train', '-c', join(place.workspace, 'live.json'), '--data', join(place.workspace, 'images'), '--workspace', place.workspace])
  await page.locator('[data-testid="run-row"] a').first().click({ timeout: 120_000 })
  const pointsOf = (key: string): Promise<number> => page.locator(`[data-testid="metric-points-${key}"]`).first().getAttribute('data-last-step').then(Number)
  await page.waitForFunction(() => Number(document.querySelector('[data-testid="metric-points-train/loss"]')?.getAttribute('data-last-step')) > 20, null, { timeout: 120_000 })
  await page.evaluate(() => {
    const lags: number[] = []
    ;(globalThis as Lags).lags = lags
    let shown = ''
    const look = (): void => {
      const point = document.querySelector('[data-testid="metric-points-train/loss"]')?.getAttribute('data-last-step') ?? ''
      const { step, stepAt } = document.querySelector<HTMLElement>('[data-testid="run-phase"]')?.dataset ?? {}
      if (point !== '' && point !== shown && point === step) {
        shown = point
        lags.push(Date.now() - Number(stepAt))
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  const began = Date.now()
  const firstStep = await pointsOf('train/loss')
  const samples: Record<string, number>[] = []
  while (Date.now() - began < MINUTES * 60_000) {
    samples.push(await memory())
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY_MS))
  }
  const seconds = (Date.now() - began) / 1000
  const steps = (await pointsOf('train/loss')) - firstStep
  const lags = (await page.evaluate(() => (globalThis as Lags).lags ?? [])).sort((a, b) => a - b)
  training.child.kill('SIGINT')
  await training.ended
  // The first minute fills caches of every process; growth is told from there.
  const warm = samples.slice(Math.min(samples.length - 1, Math.ceil(60_000 / SAMPLE_EVERY_MS)))
  const rows = Object.keys(warm[0] ?? {}).map((name) => ({ process: name, 'after a minute, MB': warm[0]?.[name], 'at the end, MB': warm.at(-1)?.[name], 'most, MB': Math.max(...warm.map((sample) => sample[name] ?? 0)) }))
  console.table(rows)
  // Six curves have a point for each step.
  console.table([{ minutes: MINUTES, 'points a second': Math.round((6 * steps) / seconds), 'lag middle, ms': at(lags, 0.5), 'lag 95 %, ms': at(lags, 0.95), 'lag 99 %, ms': at(lags, 0.99), 'pictures a second': Math.round(lags.length / seconds) }])
  expect(lags.length).toBeGreaterThan(10)
  expect(pageErrors).toEqual([])
}, (MINUTES + 10) * 60_000)

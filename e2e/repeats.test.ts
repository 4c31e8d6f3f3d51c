import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { writeIdxDataset } from '../src/data/testing/write-idx-dataset'
import { accessibilityViolations } from './support/accessibility'
import { launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'

const CONFIG = `{
  "name": "tiny", "model": "resnet20", "model_params": { "width_mult": 0.25 }, "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist",
  "batch_size": 16, "epochs": 2, "seed": 1, "optimizer": { "type": "SGD", "base_lr": 0.02 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 1, "initializer": { "range": { "num_init_samples": 16 } } }
}`
const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const Listed = z.looseObject({ type: z.literal('run'), id: z.string(), values: z.record(z.string(), z.union([z.number(), z.string(), z.null()])) })

let place: Awaited<ReturnType<typeof freshWorkspace>>
beforeAll(async () => {
  place = await freshWorkspace()
  await writeIdxDataset(join(place.workspace, 'images'), { train: 64, validation: 40 })
  await writeFile(join(place.workspace, 'tiny.json'), CONFIG)
})
afterAll(() => place.remove())

const cli = async (...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await startCli([...words, '--workspace', place.workspace]).ended
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stdout
}
const queued = (page: Page): Promise<string[]> =>
  by(page, 'queue-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run-id') ?? ''))
const waitForRows = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction((wanted) => document.querySelectorAll('[data-testid="queue-row"]').length === wanted, count)

it('a run is repeated with other seeds: they wait in an order that survives a restart, train in it, and are one thing afterwards', async () => {
  await cli('train', '-c', join(place.workspace, 'tiny.json'), '--data', join(place.workspace, 'images'), '--json')
  await cli('queue', '--pause')
  const first = await launchDesktopApp({ workspace: place.workspace })
  await by(first.page, 'run-row').first().locator('a').click()
  await by(first.page, 'run-menu').click()
  await by(first.page, 'seeds').fill('3')
  await by(first.page, 'repeat').click()
  await by(first.page, 'repeats-members').locator('tbody tr').nth(3).waitFor()
  await first.page.getByRole('link', { name: 'Queue' }).first().click()
  await by(first.page, 'queue-paused').waitFor()
  await waitForRows(first.page, 3)
  const [a, b, c] = await queued(first.page)
  await by(first.page, 'queue-up').nth(2).click()
  await first.page.waitForFunction((id) => document.querySelectorAll('[data-testid="queue-row"]')[1]?.getAttribute('data-run-id') === id, c)
  await picture(first.page, 'queue')
  expect(await accessibilityViolations(first.page)).toEqual([])
  await first.close()
  expect(first.pageErrors).toEqual([])

  const { page, close, pageErrors } = await launchDesktopApp({ workspace: place.workspace })
  await page.getByRole('link', { name: 'Queue' }).first().click()
  await waitForRows(page, 3)
  expect(await queued(page)).toEqual([a, c, b])
  await by(page, 'queue-resume').click()
  await page.getByText('Nothing runs or waits').waitFor({ timeout: 300_000 })
  const lines = (await cli('list', '--columns', 'started,config.seed,result.mixed.top1', '--sort', 'started', '--json')).trim().split('\n')
  const runs = lines.map((line) => Listed.parse(JSON.parse(line)))
  expect(runs.map(({ id }) => id).slice(1)).toEqual([a, c, b])
  expect(new Set(runs.map(({ values }) => values['config.seed'])).size).toBe(4)

  await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
  await by(page, 'run-row').first().locator('a').click()
  await by(page, 'open-repeats').click()
  await by(page, 'repeats-summary').waitFor()
  const members = by(page, 'repeats-members').locator('tbody tr')
  const count = await members.count()
  const accuracies = runs.slice(-count).map(({ values }) => Number(values['result.mixed.top1']))
  const mean = accuracies.reduce((sum, one) => sum + one, 0) / count
  const deviation = Math.sqrt(accuracies.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (count - 1))
  await by(page, 'repeats-summary').filter({ hasText: `${mean.toFixed(2)} %` }).waitFor()
  expect(await by(page, 'repeats-summary').innerText()).toContain(`± ${deviation.toFixed(2)}`)
  await picture(page, 'repeats')
  expect(await accessibilityViolations(page)).toEqual([])
  expect(pageErrors).toEqual([])
  await close()
})

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openInChromium, startServe } from './support/browser-app'
import { launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'

const RUNS = 10_000
const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const counts = (page: Page, count: number) => page.locator(`[data-testid="run-count"][data-count="${count}"]`).waitFor()
const filter = async (page: Page, text: string): Promise<void> => {
  await by(page, 'filter').fill(text)
  await by(page, 'filter').blur()
}

/** Made-up runs, 10,000 of them, the newest with a curve of a million points. */
describe('a workspace of many runs', () => {
  let workspace: string
  let remove: () => Promise<void>

  beforeAll(async () => {
    ;({ workspace, remove } = await freshWorkspace())
    const seeded = await startCli(['bench', 'seed', '--workspace', workspace, '--runs', String(RUNS), '--json']).ended
    expect(seeded.code, seeded.stderr).toBe(0)
  }, 400_000)
  afterAll(() => remove())
  const listedIds = async (runs: string, limit = RUNS): Promise<string[]> => {
    const listed = await startCli(['list', runs, '--limit', String(limit), '--json', '--workspace', workspace]).ended
    return listed.stdout.trim().split('\n').map((line) => String((JSON.parse(line) as { id: unknown }).id))
  }

  it('is filtered, sorted, grouped, kept as a view and changed in bulk in the desktop app', async () => {
    const { page, close, pageErrors } = await launchDesktopApp({ workspace })
    await counts(page, RUNS)
    expect(await by(page, 'run-row').count()).toBeLessThan(80)

    await filter(page, 'config.seed = 3 and val/top1:best > 0')
    await counts(page, RUNS / 5)
    await by(page, 'sort-result.mixed.top1').click()
    await page.locator('[role="columnheader"][aria-sort="descending"]').waitFor()
    await by(page, 'group-by').selectOption('model')
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="group-row"]').length === 5)
    await page.locator('[data-testid="group-row"] button', { hasText: 'mobilenet_v2' }).click()
    expect(await by(page, 'filter').inputValue()).toContain('model = mobilenet_v2')

    await by(page, 'views').click()
    await by(page, 'view-name').fill('Mobile, seed 3')
    await by(page, 'save-view').click()
    await by(page, 'view-Mobile, seed 3').waitFor()
    await page.keyboard.press('Escape')
    await filter(page, 'status = ')
    await page.getByText('a value is expected after "="').waitFor()
    await filter(page, '')
    await counts(page, RUNS)
    await by(page, 'views').click()
    await by(page, 'view-Mobile, seed 3').click()
    expect(await by(page, 'filter').inputValue()).toContain('model = mobilenet_v2')

    const failed = (await listedIds('status = failed and model = resnet18')).length
    await filter(page, 'status = failed and model = resnet18')
    await counts(page, failed)
    await by(page, 'select-all').click()
    await by(page, 'selection-bar').waitFor()
    await by(page, 'archive-selected').click()
    await counts(page, 0)
    await by(page, 'undo').click()
    await counts(page, failed)

    await by(page, 'select-all').click()
    await by(page, 'bin-selected').click()
    await page.getByText('of checkpoints and logs stay on the disk').waitFor()
    await page.getByRole('button', { name: 'Move to the bin' }).click()
    await counts(page, 0)
    await by(page, 'shelf-bin').click()
    await counts(page, failed)
    await by(page, 'select-all').click()
    await by(page, 'delete-selected').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete for good' }).click()
    await counts(page, 0)
    await by(page, 'shelf-active').click()
    await filter(page, '')
    await counts(page, RUNS - failed)
    await close()
    expect(pageErrors).toEqual([])
  })

  it('opens a run of a million points, shows any moment of it and takes notes', async () => {
    const { page, close, pageErrors } = await launchDesktopApp({ workspace })
    await filter(page, 'step > 5000')
    await counts(page, 1)
    await page.locator('[data-testid="run-row"] a').click()
    await by(page, 'tab-curves').click()
    const chart = by(page, 'curve-loss')
    await chart.locator('canvas').waitFor()
    await by(page, 'tab-widths').click()
    await by(page, 'scrub').fill('96')
    await page.waitForFunction(() => document.querySelector('[data-testid="moment"]')?.textContent.includes('96'))
    expect(await by(page, 'film-row').count()).toBe(8)

    await by(page, 'star').click()
    await page.locator('[data-testid="star"][aria-pressed="true"]').waitFor()
    await by(page, 'add-tag').click()
    await by(page, 'run-tag').fill('long')
    await page.keyboard.press('Enter')
    await by(page, 'tag').getByText('long').waitFor()
    await page.keyboard.press('Escape')
    await by(page, 'tab-notes').click()
    await by(page, 'notes').fill('one spike')
    await by(page, 'notes-state').getByText('Kept', { exact: true }).waitFor()
    await close()
    expect(pageErrors).toEqual([])
    expect(await listedIds('starred tag = long spike')).toHaveLength(1)
  })

  it('keeps a spike of one step in a million points, compares runs and groups, and hands the comparison out as one page in a browser', async () => {
    const ids = await listedIds('model = resnet20 status = finished config.optimizer.base_lr = 0.03 (target = 1.5 or target = 2)', 30)
    const [a = '', b = ''] = ids
    const told = await startCli(['compare', a, b, '--workspace', workspace]).ended
    expect(told.code, told.stderr).toBe(0)
    expect(told.stdout).toContain('layer3.0.conv2')

    const serving = await startServe({ workspace })
    const { page, close, pageErrors } = await openInChromium(serving.url)
    await by(page, 'run-row').first().waitFor()
    await filter(page, 'step > 5000')
    await counts(page, 1)
    await page.locator('[data-testid="run-row"] a').click()
    await by(page, 'tab-curves').click()
    await by(page, 'curve-loss').getByRole('button', { name: 'Save Loss' }).click()
    const [points] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Points as CSV' }).click()])
    const spikes = (await readFile(await points.path(), 'utf8')).split('\n').filter((line) => line.split(',')[1] === '1000')
    expect(spikes).toEqual(['500000,1000,,,'])

    await page.evaluate((runs) => (location.hash = `#/compare?runs=${runs}`), ids.join(','))
    await by(page, 'config-diff').waitFor()
    expect(await page.locator('[data-testid="config-diff"] tr[data-key="seed"]').count()).toBe(1)
    expect(await page.locator('[data-testid="config-diff"] tr[data-key="model"]').count()).toBe(0)
    await by(page, 'all-keys').check()
    expect(await page.locator('[data-testid="config-diff"] tr[data-key="model"]').count()).toBe(1)
    expect(await page.locator('[data-testid="pareto"] [data-dominated="true"]').count()).toBeGreaterThan(0)
    await by(page, 'accuracy-against').selectOption('settings')
    await page.locator('[data-testid="parallel-run"]').first().waitFor()
    expect(await page.locator('[data-testid="parallel-run"]').count()).toBe(ids.length)
    await picture(page, 'compare-settings')
    await by(page, 'parallel').focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('[data-testid="parallel-run"].chosen').count()).toBe(1)
    await by(page, 'accuracy-against').selectOption('time')
    await page.locator('[data-testid="pareto"][data-cost="time"] [data-kind]').first().waitFor()
    await by(page, 'accuracy-against').selectOption('size')
    await by(page, 'compare-group').selectOption('repeats')
    await by(page, 'verdicts').getByText('shared seeds').waitFor()
    await by(page, 'comparisons').click()
    await by(page, 'comparison-name').fill('1.5x against 2x')
    await by(page, 'save-comparison').click()
    await by(page, 'comparison-1.5x against 2x').waitFor()
    await page.keyboard.press('Escape')
    const [download] = await Promise.all([page.waitForEvent('download'), by(page, 'share-comparison').click()])
    const html = await readFile(await download.path(), 'utf8')
    expect(html).toContain('Bit-widths of the weights')
    expect(html).not.toMatch(/<script|src=|href=/)
    expect(pageErrors).toEqual([])
    await close()
    await serving.close()
  })
})

import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchDesktopApp } from './support/desktop-app'
import { openInChromium, startServe } from './support/browser-app'
import { freshWorkspace } from './support/places'
import { startCli } from './support/run-cli'
import { writeSmallDemoData } from './support/small-demo-data'

/** 640 images are 5 steps an epoch of the demo: 20 in FP32, then 15 with widths. */
const IMAGES = { train: 640, validation: 500 }
const TOTAL_STEPS = 35
const LONG_MS = 300_000

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const reaches = (page: Page, status: string) => page.locator(`[data-testid="run-status"][data-status="${status}"]`).waitFor({ timeout: LONG_MS })
const pointsReach = (page: Page, key: string, count: number) =>
  page.waitForFunction(
    ([id, least]) => Number(document.querySelector(`[data-testid="${String(id)}"]`)?.getAttribute('data-count') ?? 0) >= Number(least),
    [`metric-points-${key}`, count] as const,
    { timeout: LONG_MS },
  )

describe('the demo in the desktop app', () => {
  let workspace: string
  let remove: () => Promise<void>
  let env: Record<string, string>

  beforeAll(async () => {
    ;({ workspace, remove } = await freshWorkspace())
    const data = join(workspace, 'few-images')
    await writeSmallDemoData(data, IMAGES)
    env = { FRACBITS_DEMO_DATA: data }
  })
  afterAll(() => remove())

  it('trains, survives being closed in mid-run, resumes without a gap and ends with its table', async () => {
    const first = await launchDesktopApp({ workspace, env })
    await by(first.page, 'run-demo').click()
    await reaches(first.page, 'running')
    await pointsReach(first.page, 'train/loss', 3)
    await by(first.page, 'pause').click()
    await reaches(first.page, 'paused')
    await by(first.page, 'continue').click()
    await reaches(first.page, 'running')
    await pointsReach(first.page, 'train/loss', 6)
    await first.close()
    expect(first.pageErrors).toEqual([])

    const second = await launchDesktopApp({ workspace, env })
    await by(second.page, 'run-row').first().click()
    await reaches(second.page, 'interrupted')
    await by(second.page, 'resume').click()
    await reaches(second.page, 'finished')
    await pointsReach(second.page, 'train/loss', TOTAL_STEPS)
    const curve = by(second.page, 'metric-points-train/loss')
    expect(await curve.getAttribute('data-count')).toBe(String(TOTAL_STEPS))
    expect(await curve.getAttribute('data-last-step')).toBe(String(TOTAL_STEPS))
    expect(await by(second.page, 'result-row').count()).toBe(3)
    expect(Number.parseFloat((await by(second.page, 'achieved-rate').innerText()).replace(/[^0-9.]*/, ''))).toBeGreaterThanOrEqual(1.5)
    await second.close()
    expect(second.pageErrors).toEqual([])
  })

  it('is seen from the terminal and in a browser', async () => {
    const listed = await startCli(['list', '--json', '--workspace', workspace], env).ended
    expect(listed.code).toBe(0)
    expect(listed.stdout).toContain('"finished"')
    const serving = await startServe({ workspace, env })
    const browser = await openInChromium(serving.url)
    await by(browser.page, 'run-row').first().click()
    await reaches(browser.page, 'finished')
    await pointsReach(browser.page, 'train/loss', TOTAL_STEPS)
    expect(await by(browser.page, 'result-row').count()).toBe(3)
    await by(browser.page, 'tab-curves').click()
    const gap = browser.page.locator('[data-testid="curve-gap"] [data-testid="metric-points-val/fractional_top1"]')
    expect(await gap.getAttribute('data-count')).toBe('3')
    await by(browser.page, 'x-axis').selectOption('process')
    await browser.page.locator('[data-testid="curve-loss"] canvas').waitFor()
    await by(browser.page, 'tab-checkpoints').click()
    await by(browser.page, 'branch-here').last().waitFor()
    expect(browser.pageErrors).toEqual([])
    await browser.close()
    await serving.close()
  })
})

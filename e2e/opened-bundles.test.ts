import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { openTestWorkspace, type TestWorkspace } from '../src/engine/testing/test-workspace'
import { accessibilityViolations } from './support/accessibility'
import { electronBinary, launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace, root, sandboxArguments } from './support/places'

let home: TestWorkspace
let there: Awaited<ReturnType<typeof freshWorkspace>>
let runId: string
let bundle: string

beforeAll(async () => {
  there = await freshWorkspace()
  home = await openTestWorkspace({ steps: 4, checkpointEvery: 2 })
  runId = await home.create()
  await home.until(runId, 'finished')
  bundle = join(home.dataDir, 'my runs.fracbits')
  await home.client.call('runs.exportBundle', { runIds: [runId], file: bundle, checkpoints: 'all' })
})
afterAll(async () => {
  await home.remove()
  await there.remove()
})

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
/** The path that the dialog names. */
const named = (page: Page, path: string) =>
  page.waitForFunction((wanted) => document.querySelector<HTMLInputElement>('[data-testid="import-path"]')?.value === wanted, path)
const runs = (page: Page): Promise<number> => page.locator('[data-testid="run-row"]').count()

/** Starts the application once more, as a file manager does, and waits until it has handed over. */
const openAgain = (cwd: string, ...args: string[]): Promise<unknown> =>
  promisify(execFile)(electronBinary(), [root, ...sandboxArguments, '--workspace', there.workspace, ...args], { cwd })

it('a bundle that the application is started with is shown, and imported when the person says so', async () => {
  const { page, pageErrors, close } = await launchDesktopApp({ workspace: there.workspace, args: [bundle] })
  await named(page, bundle)
  await by(page, 'bundle-contents').waitFor()
  expect(await by(page, 'bundle-contents').innerText()).toContain('small')
  expect(await accessibilityViolations(page)).toEqual([])
  await picture(page, 'opened-bundle')
  expect(await runs(page)).toBe(0)
  await by(page, 'import-runs').click()
  await page.waitForURL(new RegExp(`#/runs/${runId}$`))
  await by(page, 'run-status').waitFor()
  expect(pageErrors).toEqual([])
  await close()
})

it('bundles that are opened while the window is there come one after the other, over whatever page it shows', async () => {
  const { page, pageErrors, close } = await launchDesktopApp({ workspace: there.workspace })
  await page.evaluate(() => (location.hash = '#/machine'))
  await by(page, 'doctor-verdict').waitFor()
  // A name in the folder of the second process, whose own switches are no files.
  await openAgain(home.dataDir, 'my runs.fracbits')
  await named(page, bundle)
  await by(page, 'import-problem').waitFor()
  expect(await by(page, 'import-problem').innerText()).toContain('is in this workspace already')
  await picture(page, 'opened-bundle-here')

  const other = join(there.workspace, 'holiday.fracbits')
  await writeFile(other, 'a picture')
  await openAgain('/', other)
  await openAgain('/', join(there.workspace, 'gone.fracbits'))
  await openAgain('/', '--gone.fracbits')
  await by(page, 'import-cancel').click()
  await named(page, other)
  await by(page, 'import-problem').waitFor()
  expect(await by(page, 'import-problem').innerText()).toContain('no whole zip archive')
  expect(await by(page, 'import-runs').isDisabled()).toBe(true)
  await picture(page, 'opened-no-bundle')
  await by(page, 'import-cancel').click()
  await named(page, join(there.workspace, 'gone.fracbits'))
  expect(await by(page, 'import-problem').innerText()).toContain('is not there')
  await by(page, 'import-cancel').click()
  await by(page, 'import-runs-dialog').waitFor({ state: 'detached' })
  expect(page.url()).toMatch(/#\/machine$/)
  expect(pageErrors).toEqual([])
  await close()
})

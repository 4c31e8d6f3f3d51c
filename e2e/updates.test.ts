import { existsSync } from 'node:fs'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accessibilityViolations } from './support/accessibility'
import { appears } from './support/appears'
import { type DesktopApp, launchDesktopApp } from './support/desktop-app'
import { picture } from './support/pictures'
import { freshWorkspace } from './support/places'
import { writeSmallDemoData } from './support/small-demo-data'
import { serveFeed, type UpdateFeed } from './support/update-feed'

/*
 * The real updater against a real feed. The application runs from its sources and is told that it is an AppImage: a file of its own, which the
 * updater replaces and starts. Here that is a script which says that it was started.
 */
const NOTES = 'Runs start twice as fast.\n\n- Widths of depthwise layers are learned\n- <b>No markup</b> is made of this'
const NAME = 'fracbits-studio-9.0.0.AppImage'

let place: Awaited<ReturnType<typeof freshWorkspace>>
let feed: UpdateFeed
let image: string
let marker: string
let script: string
let env: Record<string, string>

beforeAll(async () => {
  place = await freshWorkspace()
  feed = await serveFeed()
  image = join(place.workspace, 'FracBits.AppImage')
  marker = join(place.workspace, 'started')
  script = `#!/bin/sh\necho new > '${marker}'\n`
  await writeFile(image, '#!/bin/sh\nexit 1\n')
  await chmod(image, 0o755)
  await writeSmallDemoData(join(place.workspace, 'images'), { train: 6400, validation: 100 })
  env = {
    FRACBITS_DEMO_DATA: join(place.workspace, 'images'),
    FRACBITS_UPDATE_AS: 'appimage',
    APPIMAGE: image,
    XDG_CACHE_HOME: join(place.workspace, 'cache'),
  }
})
afterAll(async () => {
  await feed.close()
  await place.remove()
})

const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)
const reached = (page: Page, state: string) => page.locator(`[data-testid="update-state"][data-state="${state}"]`).waitFor()
const problem = (page: Page, text: string) => by(page, 'update-problem').filter({ hasText: text }).waitFor()
const toSettings = async (page: Page): Promise<void> => {
  await page.evaluate(() => (location.hash = '#/settings'))
  await by(page, 'update-state').waitFor()
}
const mainLog = (): Promise<string> => readFile(join(place.workspace, 'logs/main.ndjson'), 'utf8')
const fetched = async (): Promise<string[]> => {
  const folder = join(place.workspace, 'cache/fracbits-studio-updater/pending')
  return existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.AppImage')) : []
}

it('updates are off without a feed, and sources are updated by other means', async () => {
  const desktop = await launchDesktopApp({ workspace: place.workspace })
  const { page } = desktop
  await page.getByRole('link', { name: 'Settings' }).click()
  await reached(page, 'off')
  expect(await accessibilityViolations(page)).toEqual([])
  await picture(page, 'settings-off')
  await by(page, 'update-feed').fill(feed.url)
  await by(page, 'update-feed-save').click()
  await reached(page, 'impossible')
  expect(await by(page, 'update-state').innerText()).toContain('started from its sources')
  await picture(page, 'settings-sources')
  await by(page, 'update-feed').fill('')
  await by(page, 'update-feed-save').click()
  await reached(page, 'off')
  await by(page, 'when-closing').selectOption('quit')
  const checked = await desktop.app.evaluate(({ Menu }) => {
    const entries = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? []
    return entries.find(({ label }) => label === 'When the Window Closes')?.submenu?.items.find((entry) => entry.checked)?.label
  })
  expect(checked).toBe('Stop After the Step and Quit')
  expect(desktop.pageErrors).toEqual([])
  await desktop.close()
  expect(feed.requests).toEqual([])
  expect(await mainLog()).not.toContain('updater loaded')
})

it('a version is found, refused where it is another file, and installed when no run is trained any more', async () => {
  const desktop = await launchDesktopApp({ workspace: place.workspace, env })
  const { page } = desktop
  await toSettings(page)
  await by(page, 'update-feed').fill('http://example.com/updates')
  await by(page, 'update-feed-save').click()
  await problem(page, 'over https')
  await reached(page, 'off')
  await by(page, 'update-feed').fill(feed.url)
  await by(page, 'update-feed-save').click()
  await reached(page, 'idle')
  expect(feed.requests).toEqual([])

  // what a feed can get wrong
  await by(page, 'update-check').click()
  await problem(page, 'no feed for this system')
  await picture(page, 'settings-no-feed')
  feed.redirect('http://192.0.2.1/latest-linux.yml')
  await by(page, 'update-check').click()
  await problem(page, 'without https')
  feed.redirect(null)
  await feed.publish('0.0.1', NAME, script)
  await by(page, 'update-check').click()
  await page.getByText('The feed has no newer one').waitFor()
  await feed.publish('9.0.0', 'fracbits-studio_9.0.0_amd64.deb', script)
  await by(page, 'update-check').click()
  await problem(page, 'no .AppImage file')
  await feed.publish('9.0.0', "it's $(touch x).AppImage", script)
  await by(page, 'update-check').click()
  await problem(page, 'has a name that is not used')

  await feed.publish('9.0.0', NAME, script, NOTES)
  await feed.replace(NAME, script.replace('new', 'bad'))
  await by(page, 'update-check').click()
  await reached(page, 'available')
  expect(await by(page, 'update-notes').innerText()).toBe(NOTES)
  expect(await accessibilityViolations(page)).toEqual([])
  await picture(page, 'settings-available')
  expect(feed.requests.some((path) => path.endsWith('.AppImage'))).toBe(false)
  await by(page, 'update-download').click()
  await problem(page, 'sha512 differs')
  await reached(page, 'available')
  expect(await fetched()).toEqual([])
  await picture(page, 'settings-refused')

  await feed.replace(NAME, script)
  await by(page, 'update-download').click()
  await reached(page, 'ready')
  expect(await fetched()).toEqual([NAME])
  await picture(page, 'settings-ready')

  // a run is trained, and another one starts after it
  const startDemo = async (status: string): Promise<string> => {
    await page.evaluate(() => (location.hash = '#/'))
    await by(page, 'run-demo').click()
    await page.locator(`[data-testid="run-status"][data-status="${status}"]`).waitFor({ timeout: 120_000 })
    return page.evaluate(() => location.hash)
  }
  const stop = async (run: string): Promise<void> => {
    await page.evaluate((hash) => (location.hash = hash), run)
    await page.locator('[data-testid="run-status"][data-status="running"]').waitFor({ timeout: 120_000 })
    await by(page, 'stop').click()
  }
  const first = await startDemo('running')
  const second = await startDemo('queued')
  await toSettings(page)
  await by(page, 'update-install').click()
  await reached(page, 'waiting')
  expect(await by(page, 'update-state').innerText()).toContain('It waits for "Fashion-MNIST demo", "Fashion-MNIST demo".')
  await picture(page, 'settings-waiting')
  await by(page, 'update-do-not-install').click()
  await reached(page, 'ready')
  await by(page, 'update-install').click()
  await reached(page, 'waiting')
  expect(await readFile(image, 'utf8')).toContain('exit 1')
  expect(await mainLog()).not.toContain('quitAndInstall')

  const exited = new Promise<number | null>((resolve) => desktop.app.process().once('exit', resolve))
  await stop(first)
  await page.evaluate((hash) => (location.hash = hash), second)
  await page.locator('[data-testid="run-status"][data-status="running"]').waitFor({ timeout: 120_000 })
  await toSettings(page)
  await by(page, 'update-state').filter({ hasText: 'It waits for "Fashion-MNIST demo".' }).waitFor()
  expect(await readFile(image, 'utf8')).toContain('exit 1')
  await stop(second)
  expect(await exited).toBe(0)
  await appears(marker)
  expect(await readFile(image, 'utf8')).toBe(script)
})

it('a new version is looked for at the start where the person wants that, and told on any page', async () => {
  const started = async (): Promise<DesktopApp> => launchDesktopApp({ workspace: place.workspace, env })
  const before = feed.requests.length
  const first = await started()
  await toSettings(first.page)
  await reached(first.page, 'idle')
  await by(first.page, 'update-at-start').check()
  await first.close()
  expect(feed.requests.length).toBe(before)
  const second = await started()
  await second.page.getByText('Version 9.0.0 of FracBits Studio is there.').waitFor()
  await second.page.getByRole('button', { name: 'Settings' }).click()
  await reached(second.page, 'available')
  expect(second.pageErrors).toEqual([])
  await second.close()
  const fixed = await launchDesktopApp({ workspace: place.workspace, env: { ...env, FRACBITS_UPDATE_FEED: 'http://example.com/' } })
  await toSettings(fixed.page)
  await reached(fixed.page, 'off')
  await problem(fixed.page, 'http://example.com/: A feed is only asked over https.')
  expect(await by(fixed.page, 'update-feed').isDisabled()).toBe(true)
  await picture(fixed.page, 'settings-fixed')
  await fixed.close()
})

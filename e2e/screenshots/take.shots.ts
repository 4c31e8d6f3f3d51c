import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium, startServe, type RunningServe } from '../support/browser-app'
import { freshWorkspace, root } from '../support/places'
import { DATASET_SCREENS, prepareDatasets } from './dataset-scene'
import { prepareConfiguration, prepareWorkspace } from './scene'
import type { Screen } from './screen'

/** Every screen, in both themes and high contrast, at both densities: `npm run screenshots`. */
const OUT = join(root, 'out/screenshots')
/** Only screens with this in their name, such as `dataset`; all by default. */
const WANTED = process.env['FRACBITS_SCREENS'] ?? ''
const LOOKS = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'contrast', options: { colorScheme: 'dark', contrast: 'more' } },
] as const

let place: Awaited<ReturnType<typeof freshWorkspace>>
let serving: RunningServe
let browser: Browser
let own: string

beforeAll(async () => {
  place = await freshWorkspace()
  const env = await prepareWorkspace(place.workspace)
  await prepareDatasets(place.workspace, env.FRACBITS_DEMO_DATA)
  serving = await startServe({ workspace: place.workspace, env })
  browser = await launchChromium()
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
  own = await prepareConfiguration(page, addressOf)
  await page.close()
})
afterAll(async () => {
  await browser.close()
  await serving.close()
  await place.remove()
})

/** The token comes first, the route behind it. */
const addressOf = (hash: string): string => `${serving.url}&${hash.slice(1)}`
const by = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`)

const ALL_SCREENS: readonly Screen[] = [
  { name: 'runs', hash: () => '#/', ready: (page) => by(page, 'run-row').first().waitFor() },
  {
    name: 'run',
    hash: () => '#/',
    ready: async (page) => {
      await by(page, 'run-row').first().click()
      await by(page, 'result-row').first().waitFor()
    },
  },
  {
    name: 'run-confusion',
    hash: () => '#/',
    ready: async (page) => {
      await by(page, 'run-row').first().click()
      await by(page, 'tab-confusion').click()
      await by(page, 'matrix').waitFor()
    },
  },
  { name: 'new-run', hash: () => '#/new', ready: (page) => page.locator('.cm-line').nth(3).waitFor() },
  { name: 'configurations', hash: () => '#/configurations', ready: (page) => by(page, 'config-row').first().waitFor() },
  {
    name: 'configuration-shipped',
    hash: () => '#/configurations/preset:mobilenet-v2-fashion-mnist',
    ready: (page) => by(page, 'layer-row').first().waitFor(),
  },
  { name: 'configuration-own', hash: () => own, ready: (page) => by(page, 'layer-row').first().waitFor() },
  {
    name: 'configuration-advice',
    hash: () => own,
    ready: async (page) => {
      await by(page, 'advice-count').click()
      await by(page, 'advice').first().waitFor()
    },
  },
  {
    name: 'configuration-history',
    hash: () => own,
    ready: async (page) => {
      await by(page, 'tab-history').click()
      await by(page, 'difference-table').waitFor()
    },
  },
  {
    name: 'configuration-problem',
    hash: () => own,
    ready: async (page) => {
      await by(page, 'field-batch_size').locator('input').fill('-3')
      await by(page, 'config-issue').first().waitFor()
    },
    // The draft is the configuration of the next look too.
    after: async (page) => {
      await by(page, 'field-batch_size').locator('input').fill('128')
      await page.evaluate(() => (location.hash = '#/configurations'))
      await by(page, 'config-row').first().waitFor()
    },
  },
  { name: 'compare', hash: () => '#/configurations/compare', ready: (page) => by(page, 'difference').first().waitFor() },
  {
    name: 'compare-text',
    hash: () => '#/configurations/compare',
    ready: async (page) => {
      await by(page, 'tab-text').click()
      await page.locator('.cm-mergeView .cm-line').first().waitFor()
    },
  },
  {
    name: 'import',
    hash: () => '#/configurations?import=1',
    ready: async (page) => {
      await by(page, 'import-text').fill(
        '{ "model": "mobilenet_v2", "input_info": { "sample_size": [1, 3, 224, 224] }, "dataset": "imagenet", "dataset_dir": "/data/imagenet", "rank": 0, "optimizer": { "base_rl": 0.1 } }',
      )
      await by(page, 'import-report').waitFor()
    },
  },
  {
    name: 'palette',
    hash: () => '#/configurations',
    ready: async (page) => {
      await by(page, 'config-row').first().waitFor()
      await page.keyboard.press('Control+K')
      await by(page, 'palette-input').fill('con')
    },
  },
  { name: 'machine', hash: () => '#/machine', ready: (page) => by(page, 'doctor-check').first().waitFor() },
  { name: 'settings', hash: () => '#/settings', ready: (page) => by(page, 'settings-of-browser').waitFor() },
  ...DATASET_SCREENS,
]
const SCREENS = ALL_SCREENS.filter(({ name }) => name.includes(WANTED))

it.each([1, 2])('all screens at a device pixel ratio of %i', async (ratio) => {
  await mkdir(OUT, { recursive: true })
  const errors: string[] = []
  for (const look of LOOKS) {
    const context = await browser.newContext({ ...look.options, viewport: { width: 1280, height: 820 }, deviceScaleFactor: ratio })
    for (const screen of SCREENS) {
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(`${screen.name}: ${error.message}`))
      page.on('console', (message) => message.type() === 'error' && errors.push(`${screen.name}: ${message.text()}`))
      await page.goto(addressOf(screen.hash()))
      await screen.ready(page)
      await page.screenshot({ path: join(OUT, `${screen.name}-${look.name}-${String(ratio)}x.png`) })
      await screen.after?.(page)
      await page.close()
    }
    await context.close()
  }
  expect(errors).toEqual([])
})

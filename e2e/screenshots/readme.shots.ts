import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, it } from 'vitest'
import { root } from '../support/places'
import { type TrainedRun, trainedRun } from './trained-run'

/** The pictures of README.md, of the demo on a part of its images: `npm run screenshots` leaves them in its folder, to be copied to docs/pictures. */
const OUT = join(root, 'out/screenshots')

let demo: TrainedRun
beforeAll(async () => {
  demo = await trainedRun(() => ['demo', '--train-images', '12800'])
}, 1_200_000)
afterAll(() => demo.close())

it.each(['light', 'dark'] as const)('the page of the run, %s', async (colorScheme) => {
  await mkdir(OUT, { recursive: true })
  const page = await demo.browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme })
  await page.goto(demo.address)
  await page.getByTestId('result-row').nth(2).waitFor()
  await page.waitForFunction(() => document.querySelectorAll('canvas').length >= 2)
  await page.screenshot({ path: join(OUT, `run-page-${colorScheme}.png`) })
  await page.close()
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, it } from 'vitest'
import { z } from 'zod'
import { startServe, type RunningServe } from '../support/browser-app'
import { chromiumExecutable, freshWorkspace, root, sandboxArguments } from '../support/places'
import { startCli } from '../support/run-cli'

/** The picture of docs/method.md, of a run on real images: `npm run screenshots` leaves it in its folder, to be copied to docs/pictures/widths.png. */
const OUT = join(root, 'out/screenshots')
const Summary = z.object({ runId: z.string(), status: z.literal('finished') })

const CONFIG = {
  name: 'Half of INT8',
  model: 'resnet20',
  model_params: { width_mult: 0.25 },
  num_classes: 10,
  input_info: { sample_size: [1, 1, 28, 28] },
  dataset: 'fashion_mnist',
  data_limit: { train: 1280, validation: 500 },
  batch_size: 32,
  batch_size_val: 250,
  seed: 1,
  pretraining: { epochs: 3, optimizer: { type: 'SGD', base_lr: 0.05, optimizer_params: { momentum: 0.9 }, schedule_type: 'cosine' } },
  epochs: 5,
  optimizer: { type: 'SGD', base_lr: 0.02, optimizer_params: { momentum: 0.9 } },
  compression: {
    algorithm: 'fracbits_quantization',
    freeze_epoch: 4,
    overflow_fix: 'disable',
    loss: { compression_rate: 2, alpha: 40 },
    bit_widths: { min: 2, max: 8 },
  },
}

let place: Awaited<ReturnType<typeof freshWorkspace>>
let serving: RunningServe
let browser: Browser
let runId: string

beforeAll(async () => {
  place = await freshWorkspace()
  const file = join(place.workspace, 'method.json')
  await writeFile(file, JSON.stringify(CONFIG))
  const { code, stdout, stderr } = await startCli(['train', '-c', file, '--json', '--workspace', place.workspace]).ended
  if (code !== 0) throw new Error(`The run failed: ${stderr}`)
  runId = Summary.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).runId
  serving = await startServe({ workspace: place.workspace })
  browser = await chromium.launch({ executablePath: chromiumExecutable(), args: [...sandboxArguments, '--disable-gpu', '--disable-dev-shm-usage'] })
}, 600_000)
afterAll(async () => {
  await browser.close()
  await serving.close()
  await place.remove()
})

it('the film of the widths', async () => {
  await mkdir(OUT, { recursive: true })
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
  await page.goto(`${serving.url}&/runs/${runId}`)
  await page.getByRole('tab', { name: 'Bit-widths over time' }).click()
  await page.getByTestId('film-row').first().waitFor()
  await page.getByTestId('width-film').screenshot({ path: join(OUT, 'method-widths.png') })
})

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, it } from 'vitest'
import { root } from '../support/places'
import { type TrainedRun, trainedRun } from './trained-run'

/** The picture of docs/method.md, of a run on real images: `npm run screenshots` leaves it in its folder, to be copied to docs/pictures/widths.png. */
const OUT = join(root, 'out/screenshots')

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

let run: TrainedRun
beforeAll(async () => {
  run = await trainedRun(async (workspace) => {
    const file = join(workspace, 'method.json')
    await writeFile(file, JSON.stringify(CONFIG))
    return ['train', '-c', file]
  })
}, 600_000)
afterAll(() => run.close())

it('the film of the widths', async () => {
  await mkdir(OUT, { recursive: true })
  const page = await run.browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' })
  await page.goto(run.address)
  await page.getByRole('tab', { name: 'Bit-widths over time' }).click()
  await page.getByTestId('film-row').first().waitFor()
  await page.getByTestId('width-film').screenshot({ path: join(OUT, 'method-widths.png') })
})

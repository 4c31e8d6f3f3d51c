import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSmallDemoData } from '../support/small-demo-data'

/** Every stage of a run in 15 steps: FP32, ranges, widths, frozen widths; a checkpoint every other step. */
const CONFIG = {
  model: 'resnet20',
  model_params: { width_mult: 0.25 },
  num_classes: 10,
  input_info: { sample_size: [1, 1, 28, 28] },
  dataset: 'fashion_mnist',
  batch_size: 16,
  batch_size_val: 40,
  seed: 5,
  checkpoint_every_n_steps: 2,
  pretraining: { epochs: 1, optimizer: { type: 'SGD', base_lr: 0.05 } },
  epochs: 2,
  optimizer: { type: 'SGD', base_lr: 0.02 },
  compression: { algorithm: 'fracbits_quantization', freeze_epoch: 1, loss: { compression_rate: 1.5, alpha: 40 } },
}

export interface SmallRun {
  readonly config: string
  readonly env: Readonly<Record<string, string>>
}

/** Writes data and configuration of a run of a few seconds into `folder`. */
export async function writeSmallRun(folder: string): Promise<SmallRun> {
  await mkdir(folder, { recursive: true })
  const images = join(folder, 'images')
  await writeSmallDemoData(images, { train: 80, validation: 40 })
  const config = join(folder, 'small.json')
  await writeFile(config, JSON.stringify(CONFIG))
  return { config, env: { FRACBITS_DEMO_DATA: images } }
}

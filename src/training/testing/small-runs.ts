import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { TrainerEvent, TrainerSpec } from '../../contract/trainer-messages'
import type { TrainingConfig } from '../../contract/training-config'
import { writeIdxDataset } from '../../data/testing/write-idx-dataset'
import { makeTempDir } from '../../util/temp-dir'
import { runHere } from './run-here'

/** The keys of a run that trains in a second: a quarter of a ResNet-20 on small grey images. */
export const SMALL_RUN = {
  model: 'resnet20',
  model_params: { width_mult: 0.25 },
  num_classes: 10,
  input_info: { sample_size: [1, 1, 28, 28] },
  dataset: 'fashion_mnist',
  batch_size: 16,
  optimizer: { type: 'SGD', base_lr: 0.02 },
}

export interface SmallRuns {
  /** Holds the images in `data`, and each run in a folder of its name. */
  readonly folder: string
  readonly dataDir: string
  /** Everything that a run of this name says. */
  run(name: string, config: TrainingConfig, more?: Partial<TrainerSpec>, react?: Parameters<typeof runHere>[1]): Promise<TrainerEvent[]>
}

/** A folder with so many images, for the runs of the test file that calls this; it is gone when they ended. */
export function smallRuns(images: Parameters<typeof writeIdxDataset>[1]): SmallRuns {
  const { path: folder, remove } = makeTempDir()
  const dataDir = join(folder, 'data')
  beforeAll(() => writeIdxDataset(dataDir, images))
  afterAll(remove)
  return { folder, dataDir, run: (name, config, more = {}, react) => runHere({ config, dataDir, folder: join(folder, name), ...more }, react) }
}

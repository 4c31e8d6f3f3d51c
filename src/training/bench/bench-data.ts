import { cpus } from 'node:os'
import type { ModelName } from '../../contract/models'
import type { BatchLoader, Dataset } from '../../data/batch'
import { openDataset } from '../../data/open-dataset'
import { type Spread, spread } from './bench-step'
import { LEARNING_RATE, openStepSubject } from './step-subject'

export interface DataBenchOptions {
  /** Image folder with train/<class> and val/<class>. */
  readonly dir: string
  readonly workers: number
  readonly batchSize: number
  /** Height and width that the network takes. */
  readonly imageSize: number
  readonly epochs: number
  /** Keeps reduced images here; null decodes every time. */
  readonly cache: { readonly folder: string; readonly bytes: number } | null
  /** Takes training steps on the batches of one epoch as well; null only loads. */
  readonly model: ModelName | null
}

export interface DataBench {
  readonly images: number
  readonly workers: number
  readonly batchSize: number
  readonly imageSize: number
  /** Of each epoch, training images with random crops. */
  readonly trainImagesPerSecond: Spread
  readonly validationImagesPerSecond: Spread
  /** With a model: seconds of a step, and the share of the time in which it waits for images. */
  readonly training: { readonly model: string; readonly secondsPerStep: number; readonly waitedShare: number } | null
  readonly cpu: string
  readonly node: string
}

/** Measures how fast images of a folder become batches, and how long training waits for them. */
export async function benchData(options: DataBenchOptions): Promise<DataBench> {
  const { dir, workers, batchSize, imageSize, epochs, cache, model } = options
  const open = (): Promise<Dataset> =>
    openDataset({ name: 'folder', dir, workers, channels: 3, height: imageSize, width: imageSize, imageCache: cache ?? undefined })
  const dataset = await open()
  try {
    const epoch = (number: number): BatchLoader => dataset.trainEpoch({ batchSize, seed: 0, epoch: number, startStep: 0, augmentation: true })
    const rates = { train: new Array<number>(), validation: new Array<number>() }
    // The first epoch fills caches of the system and of this program, and starts the threads.
    for (let number = 0; number <= epochs; number++) {
      const rate = await drain(epoch(number), batchSize)
      const validation = await drain(dataset.pass({ split: 'validation', batchSize }), batchSize)
      if (number === 0) continue
      rates.train.push(rate)
      rates.validation.push(validation)
    }
    return {
      images: dataset.train.count,
      workers,
      batchSize,
      imageSize,
      trainImagesPerSecond: spread(rates.train),
      validationImagesPerSecond: spread(rates.validation),
      training: model && (await train(model, epoch(epochs + 1), options)),
      cpu: cpus()[0]?.model ?? 'unknown',
      node: process.version,
    }
  } finally {
    await dataset.close()
  }
}

/** Images a second until the loader is empty. */
async function drain(loader: BatchLoader, batchSize: number): Promise<number> {
  const start = performance.now()
  let images = 0
  for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
    images += batchSize
    batch.release()
  }
  await loader.close()
  return images / ((performance.now() - start) / 1000)
}

/** Steps that are taken before time is measured. */
const FIRST_STEPS = 2

async function train(model: ModelName, loader: BatchLoader, { batchSize, imageSize }: DataBenchOptions): Promise<DataBench['training']> {
  const subject = openStepSubject({ model, mode: 'fracbits', batchSize, imageSize, widthMult: 1, arithmetic: 'float32', compiled: true })
  try {
    let steps = 0
    let start = performance.now()
    let waited = 0
    for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
      if (steps === FIRST_STEPS) {
        start = performance.now()
        waited = loader.waitedMs
      }
      subject.engine.step('width', { batch, learningRate: LEARNING_RATE, stageStep: ++steps, seed: Int32Array.of(0, steps) })
      batch.release()
      // The workers' messages are taken between steps, as in a run.
      await new Promise(setImmediate)
    }
    const elapsed = performance.now() - start
    return { model, secondsPerStep: elapsed / 1000 / Math.max(1, steps - FIRST_STEPS), waitedShare: (loader.waitedMs - waited) / elapsed }
  } finally {
    await loader.close()
    subject.engine.close()
  }
}

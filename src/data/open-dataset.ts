import { StudioError } from '../contract/errors'
import type { DatasetName } from '../contract/models'
import { permutation, streamFor } from '../util/random'
import type { Dataset, ImageSetInfo } from './batch'
import { createThreadlessFiller } from './batch-filler'
import { createBatchLoader, type BatchPlan } from './batch-loader'
import type { ImageShape } from './fill-batch'
import { readIdxSplit, type ImageStore } from './image-store'
import { createSlotCache } from './slot-cache'
import { DATASET_FACTS, type DatasetFacts } from './statistics'
import { createWorkerPool } from './worker-pool'

export interface OpenDatasetOptions {
  readonly name: DatasetName
  /** Absolute folder with the data set's files. */
  readonly dir: string
  /** Threads that prepare batches; 0 prepares each in the calling thread when it is asked for. */
  readonly workers: number
  /** Use only the first images of a split. */
  readonly limit?: { readonly train?: number | undefined; readonly validation?: number | undefined } | undefined
  /** Image size the network takes: that of the data, or 32 x 32 (centred on black); 1 channel, or 3 equal ones. */
  readonly channels: number
  readonly height: number
  readonly width: number
}

/**
 * Reads a data set into memory once and starts its workers. Must be closed.
 * Throws DATA_MISSING, DATA_CORRUPT, or CONFIG_INVALID when the images cannot be brought to the wanted size.
 */
export async function openDataset(options: OpenDatasetOptions): Promise<Dataset> {
  const facts: DatasetFacts | undefined = options.name in DATASET_FACTS ? DATASET_FACTS[options.name as keyof typeof DATASET_FACTS] : undefined
  if (facts === undefined) throw new StudioError('CONFIG_INVALID', `There is no reader for the data set ${options.name} yet.`)
  const shape: ImageShape = { channels: options.channels, height: options.height, width: options.width }
  const train = await readIdxSplit(options.dir, 'train', facts.classNames.length, options.limit?.train)
  const validation = await readIdxSplit(options.dir, 'validation', facts.classNames.length, options.limit?.validation)
  for (const store of [train, validation]) checkShape(options.name, store, shape)

  const stores = { train, validation }
  const filler = options.workers === 0 ? createThreadlessFiller(stores, shape) : createWorkerPool(options.workers, stores, shape)
  const slots = createSlotCache()
  const deps = { filler, slots, imageBytes: shape.channels * shape.height * shape.width }
  const open = (plan: BatchPlan) => createBatchLoader(plan, deps)

  return {
    name: options.name,
    train: infoOf(train, shape),
    validation: infoOf(validation, shape),
    classNames: facts.classNames,
    mean: perChannel(facts.mean, shape.channels),
    std: perChannel(facts.std, shape.channels),

    trainEpoch({ batchSize, seed, epoch, startStep, augmentation, shuffled = true }) {
      const steps = Math.floor(train.count / batchSize)
      if (steps === 0) throw batchTooLarge(batchSize, train.count)
      return open({
        split: 'train',
        batchSize,
        order: shuffled ? permutation(train.count, seed, streamFor('order', epoch)) : Uint32Array.from({ length: train.count }, (_, index) => index),
        firstStep: startStep,
        steps,
        augmentation: augmentation ? { seed, stream: streamFor('augmentation', epoch) } : null,
      })
    },

    pass({ split, batchSize, limit = Infinity }) {
      const count = Math.min(stores[split].count, limit)
      const order = Uint32Array.from({ length: count }, (_, index) => index)
      return open({ split, batchSize, order, firstStep: 0, steps: Math.ceil(count / batchSize), augmentation: null })
    },

    async close() {
      await filler.close()
      slots.clear()
    },
  }
}

const infoOf = (store: ImageStore, shape: ImageShape): ImageSetInfo => ({ count: store.count, ...shape })

/** Statistics for every wanted channel; one stored channel stands for all. */
const perChannel = (values: readonly number[], channels: number): number[] =>
  Array.from({ length: channels }, (_, channel) => values[channel] ?? values[0] ?? 0)

function checkShape(name: DatasetName, store: ImageStore, wanted: ImageShape): void {
  const sameSize = wanted.height === store.height && wanted.width === store.width
  const padded = wanted.height === 32 && wanted.width === 32 && store.height === 28 && store.width === 28
  const sameChannels = wanted.channels === store.channels || (store.channels === 1 && wanted.channels === 3)
  if ((sameSize || padded) && sameChannels) return
  const sizes = store.height === 28 && store.width === 28 ? '28 x 28, or 32 x 32 with a black border' : `${store.height} x ${store.width}`
  const allowed = `${sizes}; ${store.channels === 1 ? '1 channel, or 3 equal ones' : `${store.channels} channels`}`
  const found = `${wanted.height} x ${wanted.width} with ${wanted.channels} channels`
  const message = `The images of ${name} are ${store.height} x ${store.width} with ${store.channels} channel${store.channels === 1 ? '' : 's'} and cannot be given to a network for ${found}. Set input_info.sample_size to one of: ${allowed}.`
  throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'input_info.sample_size', message, found, allowed }] })
}

function batchTooLarge(batchSize: number, count: number): StudioError {
  const message = `A batch of ${batchSize} images cannot be filled: there are only ${count} training images. Use a batch_size of at most ${count}.`
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'batch_size', message, found: String(batchSize), allowed: `1 to ${count}` }] })
}

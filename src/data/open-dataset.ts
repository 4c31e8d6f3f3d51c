import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { StudioError } from '../contract/errors'
import type { DatasetName } from '../contract/models'
import { permutation, streamFor } from '../util/random'
import type { Dataset, ImageSetInfo } from './batch'
import { type BatchFiller, createThreadlessFiller } from './batch-filler'
import { createBatchLoader, type BatchPlan } from './batch-loader'
import { checkShape } from './check-shape'
import { imageCount } from './image-source'
import type { IsExcluded } from './kept-images'
import { limitLines } from './limit-lines'
import { openSources, type SourceOptions } from './open-sources'
import type { ImageShape } from './pixels'
import { reducedImagesIn } from './reduced-images'
import { createSkipLedger, type SkipLedger } from './skip-ledger'
import { createSlotCache } from './slot-cache'
import { DATASET_FACTS } from './statistics'
import { createWorkerPool } from './worker-pool'

export interface OpenDatasetOptions {
  readonly name: DatasetName
  /** Absolute folder with the data set's files. */
  readonly dir: string
  /** Threads that prepare batches; 0 prepares each in the calling thread when it is asked for. */
  readonly workers: number
  /** Use only the first images of a split; of folders as many, spread evenly over all. */
  readonly limit?: { readonly train?: number | undefined; readonly validation?: number | undefined } | undefined
  /** Image size the network takes. IDX: that of the data, or 32 x 32 (centred on black), 1 channel or 3 equal ones; others: a square in colour. */
  readonly channels: number
  readonly height: number
  readonly width: number
  /** Images of each split of the mock data sets; 1000 as in the sample. */
  readonly mockImages?: number | undefined
  /** Image files that may be left out because they cannot be used; one more is an error. Absent allows any number. */
  readonly maxCorruptFiles?: number | undefined
  /** Turn photographs as their camera noted. The sample does not, so absent does not. */
  readonly applyExifOrientation?: boolean | undefined
  /** Keep the high byte of 16-bit grey PNGs. The sample cuts values off at 255, and so does absent. */
  readonly scaleGrey16?: boolean | undefined
  /** Keeps files of image folders on disk, decoded and reduced to the size of evaluation: `bytes` in all. Absent keeps none. */
  readonly imageCache?: { readonly folder: string; readonly bytes: number } | undefined
  /** Images that are left out of both splits, before `limit` counts. Absent keeps all. */
  readonly isExcluded?: IsExcluded | undefined
  /** Takes a sentence for each file or folder that is left out. */
  readonly onNotice?: ((line: string) => void) | undefined
}

/** Lines about what a folder holds besides images; more are only counted. */
const LISTING_NOTICES = 100

/**
 * Opens a data set and starts its workers: small sets are read into memory once, of folders only the names. Must be closed.
 * Throws DATA_MISSING, DATA_CORRUPT, or CONFIG_INVALID when the images cannot be brought to the wanted size.
 */
export async function openDataset(options: OpenDatasetOptions): Promise<Dataset> {
  const facts = DATASET_FACTS[options.name]
  const shape: ImageShape = { channels: options.channels, height: options.height, width: options.width }
  const notice = options.onNotice ?? (() => undefined)
  const { sources, classNames, excluded, nameOf } = await openSources({
    name: options.name,
    dir: options.dir,
    limit: { train: options.limit?.train ?? Infinity, validation: options.limit?.validation ?? Infinity },
    mockImages: options.mockImages ?? 1000,
    decoding: { applyExifOrientation: options.applyExifOrientation ?? false, scaleGrey16: options.scaleGrey16 ?? false },
    reduced: reducedSplits(options),
    isExcluded: options.isExcluded,
    notice: limitLines(LISTING_NOTICES, notice),
  })
  for (const source of [sources.train, sources.validation]) checkShape(options.name, source, shape)

  const ledger = createSkipLedger(options.maxCorruptFiles ?? Infinity, notice)
  const makers = options.workers === 0 ? createThreadlessFiller(sources, shape) : createWorkerPool(options.workers, sources, shape)
  const slots = createSlotCache()
  const deps = { filler: recording(makers, ledger), slots, imageBytes: shape.channels * shape.height * shape.width }
  const infoOf = (split: 'train' | 'validation'): ImageSetInfo => ({ count: imageCount(sources[split]), excluded: excluded[split], nameOf: nameOf[split], ...shape })
  const open = (plan: BatchPlan) => createBatchLoader(plan, deps)

  return {
    name: options.name,
    train: infoOf('train'),
    validation: infoOf('validation'),
    classNames,
    mean: perChannel(facts.mean, shape.channels),
    std: perChannel(facts.std, shape.channels),
    get skipped() {
      return ledger.count
    },

    trainEpoch({ batchSize, seed, epoch, startStep, augmentation, shuffled = true }) {
      const count = imageCount(sources.train)
      const steps = Math.floor(count / batchSize)
      if (steps === 0) throw batchTooLarge(batchSize, count)
      return open({
        split: 'train',
        batchSize,
        order: shuffled ? permutation(count, seed, streamFor('order', epoch)) : inOrder(count),
        firstStep: startStep,
        steps,
        augmentation: augmentation ? { seed, stream: streamFor('augmentation', epoch) } : null,
        substitution: { seed, stream: streamFor('substitution', epoch) },
      })
    },

    pass({ split, batchSize, limit = Infinity }) {
      const count = Math.min(imageCount(sources[split]), limit)
      return open({
        split,
        batchSize,
        order: inOrder(count),
        firstStep: 0,
        steps: Math.ceil(count / batchSize),
        augmentation: null,
        substitution: null,
      })
    },

    async close() {
      await makers.close()
      slots.clear()
    },
  }
}

/** Evaluation comes every epoch and in full: a tenth of the space is its own. */
const VALIDATION_SHARE = 0.1

function reducedSplits({ imageCache, dir, width: side, applyExifOrientation, scaleGrey16 }: OpenDatasetOptions): SourceOptions['reduced'] {
  if (imageCache === undefined) return null
  const made = createHash('sha256').update(JSON.stringify([dir, side, applyExifOrientation ?? false, scaleGrey16 ?? false]))
  const folder = join(imageCache.folder, made.digest('hex').slice(0, 16))
  const count = (share: number): number => reducedImagesIn(imageCache.bytes * share, side)
  return { train: { folder, count: count(1 - VALIDATION_SHARE), side }, validation: { folder, count: count(VALIDATION_SHARE), side } }
}

/** Tells the ledger what each batch lacks. */
const recording = (filler: BatchFiller, ledger: SkipLedger): BatchFiller => ({
  ...filler,
  async fill(request) {
    const skipped = await filler.fill(request)
    ledger.record(skipped)
    return skipped
  },
})

const inOrder = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, index) => index)

/** Statistics for every wanted channel; one stored channel stands for all. */
const perChannel = (values: readonly number[], channels: number): number[] =>
  Array.from({ length: channels }, (_, channel) => values[channel] ?? values[0] ?? 0)

function batchTooLarge(batchSize: number, count: number): StudioError {
  const message = `A batch of ${batchSize} images cannot be filled: there are only ${count} training images. Use a batch_size of at most ${count}.`
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'batch_size', message, found: String(batchSize), allowed: `1 to ${count}` }] })
}

import type { ResultRow } from '../contract/entities'
import type { Batch } from '../data/batch'
import type { Predictions } from './predictions'
import type { RunParts } from './run-parts'
import { type Evaluation, type EvaluationKind, finishEvaluation } from './training-engine'

/** Keeps initialisation batches apart from those of training epochs. */
const INITIALISATION_EPOCH = 1_000_003
const SENSITIVITY_EPOCH = 1_000_033
const TRIAL_EPOCH = 1_000_037

/** Evaluates all validation images; `between` runs after every batch and may throw to leave. `predictions` takes the answers to single images. */
export async function evaluate(parts: RunParts, kind: EvaluationKind, between: () => Promise<void>, predictions?: Predictions): Promise<Evaluation> {
  const { dataset, engine } = parts
  const loader = dataset.pass({ split: 'validation', batchSize: parts.evaluationBatchSize })
  const sums = new Float64Array(4)
  try {
    for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
      const logits = engine.evaluateBatch(kind, batch, sums)
      predictions?.add(batch, logits)
      batch.release()
      await between()
    }
  } finally {
    await loader.close()
  }
  return finishEvaluation(sums)
}

type UseOfBatch = (batch: Batch) => void

/** Hands out the first training batches of an epoch of its own, augmented as in training, as the original initialises (spec 7.1). */
export const initialisationBatches = (parts: RunParts, batches: number, use: UseOfBatch, between: () => Promise<void>): Promise<void> =>
  batchesApart(parts, { batches, batchSize: parts.initialisationBatchSize, epoch: INITIALISATION_EPOCH }, use, between)

/** As {@link initialisationBatches}, other images in batches as training steps take them: what sensitivities are measured on. */
export const sensitivityBatches = (parts: RunParts, batches: number, use: UseOfBatch, between: () => Promise<void>): Promise<void> =>
  batchesApart(parts, { batches, batchSize: parts.config.batch_size, epoch: SENSITIVITY_EPOCH }, use, between)

/** As {@link sensitivityBatches}, in another order: what roundings are tried on. */
export const trialBatches = (parts: RunParts, batches: number, use: UseOfBatch, between: () => Promise<void>): Promise<void> =>
  batchesApart(parts, { batches, batchSize: parts.config.batch_size, epoch: TRIAL_EPOCH }, use, between)

async function batchesApart(
  parts: RunParts,
  { batches, batchSize, epoch }: { readonly batches: number; readonly batchSize: number; readonly epoch: number },
  use: UseOfBatch,
  between: () => Promise<void>,
): Promise<void> {
  const { config, dataset } = parts
  const count = Math.min(batches, Math.floor(dataset.train.count / batchSize))
  if (count === 0) return
  const loader = dataset.trainEpoch({
    batchSize,
    seed: config.seed ?? 0,
    epoch,
    startStep: 0,
    augmentation: config.augmentation,
    shuffled: isShuffled(parts),
  })
  try {
    for (let i = 0; i < count; i++) {
      const batch = await loader.next()
      if (batch === null) break
      use(batch)
      batch.release()
      await between()
    }
  } finally {
    await loader.close()
  }
}

/** Whether training images come in random order: always, but that in the original a seed keeps them in file order. */
export const isShuffled = ({ config, switches }: Pick<RunParts, 'config' | 'switches'>): boolean => !(switches.seedKeepsFileOrder && config.seed !== undefined)

/** Whether widths are learned, rather than kept. */
export const isLearned = ({ config }: Pick<RunParts, 'config'>): boolean => config.compression?.algorithm === 'fracbits_quantization'

/** Bits of all convolution and linear weights in float: what an unquantized run is compared by. */
export function floatSizeBits({ built }: RunParts): number {
  const weights = [...built.variables.parameters.values()].filter(({ info }) => info.kind.endsWith('-weight'))
  return 32 * weights.reduce((sum, { info }) => sum + info.shape.reduce((product, length) => product * length, 1), 0)
}

/** A line of the result table; `rate` is INT8 size / size. */
export function resultRow(kind: ResultRow['kind'], { top1, top5, loss, images }: Evaluation, size: { readonly bits: number; readonly rate: number }, note: string): ResultRow {
  return { kind, top1, top5, loss, images, sizeBits: size.bits, rate: size.rate, note }
}

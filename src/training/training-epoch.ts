import type { OscillationFreezing } from '../contract/training-config'
import { parametersOf } from '../models/parameter-list'
import { oscillationThreshold } from '../quantization/oscillation'
import { historyRow, sumsByQuantizer } from '../quantization/width-layout'
import { diverged } from './divergence'
import { learningRate } from './learning-rate'
import type { RunJournal } from './run-journal'
import { isShuffled } from './run-passes'
import type { Stage } from './run-plan'
import type { StepResult } from './training-engine'
import { areWidthsFrozen } from './width-stage'

/** Trains from where the journal stands to the end of the epoch. Throws DIVERGED when the loss is no number any more. */
export async function trainEpoch(journal: RunJournal, stage: Stage): Promise<void> {
  const { parts, output } = journal.tools
  const { config, dataset, plan, engine, switches } = parts
  const schedule = { decayOneEpochLate: switches.decayOneEpochLate, accuracies: journal.accuracies }
  const seed = config.seed ?? 0
  const epoch = journal.epochOfRun
  const { oscillation_freezing: freezing } = config.compression ?? {}
  const thresholdAt = freezing && stage.kind === 'width' && areWidthsFrozen(parts) ? thresholdSchedule(freezing) : () => undefined
  const loader = dataset.trainEpoch({ batchSize: config.batch_size, seed, epoch, startStep: journal.position.step, augmentation: config.augmentation, shuffled: isShuffled(parts) })
  try {
    let waited = 0
    let frozenWeights: number | null = null
    for (let began = performance.now(), batch = await loader.next(); batch !== null; began = performance.now(), batch = await loader.next()) {
      const { position, step } = journal
      const rate = learningRate(stage.optimizer, stage.epochs, position.epoch + position.step / plan.stepsPerEpoch, schedule)
      const stageStep = position.epoch * plan.stepsPerEpoch + position.step + 1
      const oscillationThreshold = thresholdAt(stage, position.epoch + position.step / plan.stepsPerEpoch)
      const result = engine.step(stage.kind, { batch, learningRate: rate, stageStep, seed: Int32Array.of(seed | 0, step), oscillationThreshold })
      batch.release()
      if (!Number.isFinite(result.crossEntropy + result.sizeLoss)) throw diverged(step, result, parametersOf(parts.network), engine.read())
      journal.position = { ...position, step: position.step + 1 }
      const times = { stepMs: performance.now() - began, dataMs: loader.waitedMs - waited }
      waited = loader.waitedMs
      frozenWeights = result.frozenWeights
      recordStep(journal, result, rate, stage.kind)
      output.step({ step, epoch: position.epoch, stepOfEpoch: position.step }, result, rate, times)
      journal.report(false, journal.waitedMs + loader.waitedMs)
      await journal.betweenSteps()
      if (journal.step % config.checkpoint_every_n_steps === 0) await journal.checkpoint()
    }
    if (frozenWeights !== null) journal.say(`Weights frozen since they oscillated: ${frozenWeights.toFixed(2)} %`)
  } finally {
    journal.waitedMs += loader.waitedMs
    await loader.close()
  }
  journal.report(true)
}

/** The threshold of oscillations, from the epoch in which widths froze to the end of the stage. */
const thresholdSchedule =
  ({ first_threshold: first, last_threshold: last }: OscillationFreezing) =>
  ({ epochs, freezeEpoch }: Stage, epoch: number): number => {
    const frozenAt = freezeEpoch ?? 0
    return oscillationThreshold(first, last, (epoch - frozenAt) / (epochs - frozenAt))
  }

/** Puts a step that was taken on the curves. */
function recordStep({ step, phase, tools }: RunJournal, result: StepResult, rate: number, kind: Stage['kind']): void {
  const { reporter, parts } = tools
  const { batch_size: images } = parts.config
  reporter.countImages(images)
  reporter.point('train/loss', step, result.crossEntropy + result.sizeLoss)
  reporter.point('train/ce', step, result.crossEntropy)
  reporter.point('train/top1', step, (100 * result.top1) / images)
  reporter.point('train/learning_rate', step, rate)
  if (kind === 'float') return
  // Without a target the step has no rate, and reports it as 0.
  if (result.rate > 0) {
    reporter.point('train/size_loss', step, result.sizeLoss)
    reporter.point('train/rate', step, result.rate)
  }
  if (result.frozenWeights !== null) reporter.point('train/frozen_weights', step, result.frozenWeights)
  if (result.widths.length > 0) reporter.bitWidths(step, historyRow(parts.specs, result.widths))
  if (phase === 'bit-width-training') reporter.widthGradients(step, { task: sumsByQuantizer(parts.specs, result.widthGradients.task), size: sumsByQuantizer(parts.specs, result.widthGradients.size) })
}

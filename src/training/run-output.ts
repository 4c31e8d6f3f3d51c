import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingConfig } from '../contract/training-config'
import type { NetworkDefinition } from '../models/layers'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { writeFileAtomic } from '../util/atomic-write'
import type { FileNote } from './given-files'
import { NamedCheckpoints, sampleName } from './named-checkpoints'
import { isLearned } from './run-passes'
import { quantizationStatistics, type QuantizerState } from './statistics/quantization-statistics'
import { sizeStatistics, statisticsScalars, statisticsText } from './statistics/size-statistics'
import { EventFile } from './tensorboard/event-file'
import { StepLine, type StepPlace } from './step-line'
import type { Evaluation, StepResult } from './training-engine'

interface OutputOptions {
  readonly folder: string
  readonly config: TrainingConfig
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  readonly stepsPerEpoch: number
  readonly validationSteps: number
  readonly say: (level: FileNote['level'], message: string) => void
}

export interface EndedEpoch {
  /** Zero-based, over all stages. */
  readonly epoch: number
  /** Path of its checkpoint. */
  readonly checkpoint: string
  /** Of the stage's epochs so far in percent, this one last; null where it was not measured. */
  readonly accuracies: readonly (number | null)[]
  /** Null in float training. */
  readonly quantizers: QuantizerState | null
}

const measuredOf = (accuracies: EndedEpoch['accuracies']): number[] => accuracies.filter((accuracy) => accuracy !== null)

/** The first measured epoch is always the best so far; later ones need a higher accuracy (spec 1.5). */
function isBest(accuracies: EndedEpoch['accuracies']): boolean {
  const last = accuracies.at(-1) ?? null
  return last !== null && measuredOf(accuracies.slice(0, -1)).every((before) => last > before)
}

const NNCF_PRINT_FREQ = 10
const STATISTICS_FILE = 'statistics.txt'

/** What a run leaves in files as the sample does: curves for TensorBoard, statistics, named checkpoints, the best accuracy (spec 1.5 to 1.7, 8.3, 8.4). */
export class RunOutput {
  private readonly events: EventFile
  private readonly checkpoints: NamedCheckpoints
  private readonly line: StepLine | null

  constructor(private readonly options: OutputOptions) {
    const { config, folder } = options
    this.events = new EventFile(folder, (message) => options.say('warning', message))
    this.checkpoints = new NamedCheckpoints(config.checkpoint_save_dir ?? join(folder, 'checkpoints'), sampleName(config), config.save_freq)
    const frequency = config.print_freq ?? (config.compatibility === 'nncf' ? NNCF_PRINT_FREQ : null)
    this.line = frequency === null ? null : new StepLine(frequency, options.stepsPerEpoch)
  }

  /** The file of the best accuracy is there from the start, so that whoever waits for it never reads an older one. */
  async begin(): Promise<void> {
    await this.dumpAccuracy(0)
  }

  step(place: StepPlace, result: StepResult, learningRate: number, times: { readonly stepMs: number; readonly dataMs: number }): void {
    const { config, specs } = this.options
    const percent = (correct: number): number => (100 * correct) / config.batch_size
    const scalars = {
      learning_rate: learningRate,
      criterion_loss: result.crossEntropy,
      compression_loss: result.sizeLoss,
      loss: result.crossEntropy + result.sizeLoss,
      top1: percent(result.top1),
      top5: percent(result.top5),
    }
    const statistics = isLearned(this.options) && result.widths.length > 0 ? statisticsScalars(sizeStatistics(specs, result.widths)) : []
    this.events.add(place.step, [
      ...Object.entries(scalars).map(([key, value]) => ({ tag: `train/${key}`, value })),
      ...(result.frozenWeights === null ? [] : [{ tag: 'train/frozen_weights', value: result.frozenWeights }]),
      ...statistics.map(({ key, value }) => ({ tag: `train/statistics/${key}`, value })),
    ])
    const text = this.line?.add(place, scalars, times)
    if (text !== undefined && text !== null) this.options.say('info', text)
  }

  /** `epoch` counts from 0 over all stages. */
  validated(epoch: number, { loss, top1, top5 }: Evaluation): void {
    const values = Object.entries({ loss, top1, top5 }).map(([key, value]) => ({ tag: `val/${key}`, value }))
    this.events.add(this.options.validationSteps * epoch, values)
  }

  /** The tables about quantizers: into the run's folder, and into the log where the run follows the original. */
  async statistics(title: string, state: QuantizerState): Promise<void> {
    const { network, specs, folder, config, say } = this.options
    if (specs.length === 0) return
    const text = [quantizationStatistics(network, specs, state), ...(isLearned(this.options) ? [statisticsText(sizeStatistics(specs, state.widths))] : [])].join('\n\n')
    if (config.compatibility === 'nncf') say('info', text)
    await appendFile(join(folder, STATISTICS_FILE), `${title}\n\n${text}\n\n`)
  }

  /** After an epoch and its checkpoint. */
  async epochEnded({ epoch, checkpoint, accuracies, quantizers }: EndedEpoch): Promise<void> {
    const { specs, stepsPerEpoch } = this.options
    if (quantizers !== null) {
      await this.statistics(`Epoch ${epoch}`, quantizers)
      if (isLearned(this.options)) {
        const scalars = statisticsScalars(sizeStatistics(specs, quantizers.widths)).map(({ key, value }) => ({ tag: `compression/statistics/${key}`, value }))
        this.events.add(stepsPerEpoch * epoch, scalars)
      }
    }
    await this.checkpoints.keep(checkpoint, epoch + 1, isBest(accuracies))
    await this.dumpAccuracy(Math.max(0, ...measuredOf(accuracies)))
  }

  /** `{"Accuracy": percent}`, with two decimals as the original rounds it. */
  async dumpAccuracy(top1: number): Promise<void> {
    const { metrics_dump: file } = this.options.config
    if (file !== undefined) await writeFileAtomic(file, `${JSON.stringify({ Accuracy: Math.round(top1 * 100) / 100 })}\n`)
  }

  close(): Promise<void> {
    return this.events.close()
  }
}

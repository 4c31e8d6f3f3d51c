import { cpus } from 'node:os'
import type { QuantizerInfo, RunEnvironment } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { TrainerSpec } from '../contract/trainer-messages'
import { inputSizeOf, type TrainingConfig } from '../contract/training-config'
import type { Dataset } from '../data/batch'
import { openDataset } from '../data/open-dataset'
import { initialValues } from '../models/initial-values'
import type { NetworkDefinition } from '../models/layers'
import { buildNetwork } from '../models/registry'
import { placeQuantizers } from '../quantization/placement'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { probeRuntime, threadCount } from '../tensor/probe'
import { checkRunnable, type Compatibility, compatibilityOf } from './compatibility'
import { loadWeights } from './run-checkpoint'
import { planRun, type RunPlan } from './run-plan'
import { TrainingEngine } from './training-engine'
import { buildTrainingGraph, type TrainingGraph } from './training-graph'

/** What a run works with, all of it open. */
export interface RunParts {
  readonly config: TrainingConfig
  readonly plan: RunPlan
  readonly dataset: Dataset
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  /** Where this run follows the original in what it gets wrong. */
  readonly switches: Compatibility
  readonly initialisationBatchSize: number
  readonly built: TrainingGraph
  readonly engine: TrainingEngine
  close(): Promise<void>
}

/** Opens the data, builds and loads the graph (see its options for `integerSums`), and sets initial or given weights. Throws CONFIG_INVALID, DATA_*, CHECKPOINT_*, RUNTIME_MISSING. */
export async function openRunParts(spec: TrainerSpec, { integerSums = false } = {}): Promise<RunParts> {
  const { config } = spec
  const switches = compatibilityOf(config)
  checkRunnable(config, switches)
  const dataset = await openLimited(spec)
  let engine: TrainingEngine | null = null
  const close = async (): Promise<void> => {
    await dataset.close()
    engine?.close()
  }
  try {
    checkAgainstData(config, dataset)
    const network = buildNetwork(config, inputSizeOf(config))
    const specs = config.compression ? placeQuantizers(network, config.compression, config) : []
    const plan = planRun(config, dataset.train.count)
    const evaluationBatchSize = config.batch_size_val ?? config.batch_size
    const built = buildTrainingGraph({
      network,
      specs,
      batchSize: config.batch_size,
      evaluationBatchSize,
      mean: dataset.mean,
      std: dataset.std,
      floatOptimizer: plan.stages.find((stage) => stage.kind === 'float')?.optimizer ?? null,
      widthOptimizer: plan.stages.find((stage) => stage.kind === 'width')?.optimizer ?? null,
      sizeLoss: config.compression?.algorithm === 'fracbits_quantization' ? config.compression.loss : null,
      compileQuantizers: true,
      integerSums,
      frozenWidthsDrift: switches.frozenWidthsDrift,
      quantizerGradientFactor: config.compression?.compression_lr_multiplier ?? config.compression_lr_multiplier ?? 1,
    })
    engine = new TrainingEngine(built, specs, network.input, { train: config.batch_size, evaluation: evaluationBatchSize })
    const given = config.weights && !spec.resumeFrom ? await loadWeights(config.weights, built.variables) : []
    engine.write(new Map([...initialValues(network, config.seed ?? 0), ...given]), true)
    return { config, plan, dataset, network, specs, switches, initialisationBatchSize: config.batch_size, built, engine, close }
  } catch (error) {
    await close()
    throw error
  }
}

function openLimited({ config, dataDir, workers }: TrainerSpec): Promise<Dataset> {
  const { train, validation } = config.data_limit ?? {}
  const limit = { ...(train === undefined ? {} : { train }), ...(validation === undefined ? {} : { validation }) }
  return openDataset({ name: config.dataset, dir: dataDir, workers, limit, ...inputSizeOf(config) })
}

function checkAgainstData(config: TrainingConfig, dataset: Dataset): void {
  const classes = dataset.classNames.length
  if (classes > config.num_classes) {
    throw new StudioError('CONFIG_INVALID', `num_classes is ${String(config.num_classes)}, but the data set has ${String(classes)} classes. Raise num_classes.`)
  }
  if (config.batch_size > dataset.train.count) {
    throw new StudioError(
      'CONFIG_INVALID',
      `batch_size is ${String(config.batch_size)}, but there are only ${String(dataset.train.count)} training images. Lower batch_size.`,
    )
  }
}

/** How the window and the command line see a quantizer. */
export const describeQuantizer = (spec: QuantizerSpec): QuantizerInfo => ({
  id: spec.id,
  layer: spec.layer,
  kind: spec.kind,
  mode: spec.mode,
  perChannel: spec.perChannel,
  elements: spec.elements,
  minBits: spec.minBits,
  maxBits: spec.maxBits,
})

/** What this run runs on. */
export function runEnvironment(): RunEnvironment {
  const { tensorflow, device } = probeRuntime()
  return {
    appVersion: process.env['FRACBITS_VERSION'] ?? '0.1.0',
    node: process.version,
    tensorflow,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: threadCount(),
    device,
  }
}

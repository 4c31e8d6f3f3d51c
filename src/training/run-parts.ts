import { cpus } from 'node:os'
import { join } from 'node:path'
import type { QuantizerInfo, RunEnvironment } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { TrainerSpec } from '../contract/trainer-messages'
import { inputSizeOf, modesOf, type TrainingConfig } from '../contract/training-config'
import { shareOf } from '../contract/training-config/replicas'
import type { Dataset } from '../data/batch'
import { excludedByName } from '../data/kept-images'
import { openDataset } from '../data/open-dataset'
import { initialValues } from '../models/initial-values'
import type { NetworkDefinition } from '../models/layers'
import { buildNetwork } from '../models/registry'
import { type CostBudget, costBudget, hardwareTableOf } from '../quantization/cost-budget'
import { placeQuantizers } from '../quantization/placement'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { probeRuntime, threadCount } from '../tensor/probe'
import { cacheFolder } from '../util/paths'
import { checkRunnable, type Compatibility, compatibilityOf, decodingOf } from './compatibility'
import { ONE_DEVICE, type SharingDevices } from './device-choice'
import { type FileNote, loadGivenWeights } from './given-files'
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
  /** What the learned widths may cost; null where none are learned. */
  readonly budget: CostBudget | null
  /** Where this run follows the original in what it gets wrong. */
  readonly switches: Compatibility
  /** Images of a batch of validation. */
  readonly evaluationBatchSize: number
  /** Images of a batch of range initialisation and batch-norm adaptation. */
  readonly initialisationBatchSize: number
  readonly built: TrainingGraph
  readonly engine: TrainingEngine
  close(): Promise<void>
}

/**
 * Opens the data, builds and loads the graph, and sets initial or given weights. `say` hears what is worth
 * saying about files, also while the run goes on. `devices` share every training batch; initialisation and validation are computed by the first, in batches of its share,
 * as the original's first process does. Throws CONFIG_INVALID, DATA_*, CHECKPOINT_*, RUNTIME_MISSING.
 */
export async function openRunParts(spec: TrainerSpec, say: (note: FileNote) => void, { devices = ONE_DEVICE }: { readonly devices?: SharingDevices } = {}): Promise<RunParts> {
  const { config } = spec
  const switches = compatibilityOf(config)
  checkRunnable(config, switches)
  const dataset = await openLimited(spec, say)
  let engine: TrainingEngine | null = null
  const close = async (): Promise<void> => {
    await dataset.close()
    engine?.close()
  }
  try {
    checkAgainstData(config, dataset)
    const network = buildNetwork(config, inputSizeOf(config))
    const specs = config.compression ? placeQuantizers(network, config.compression, config) : []
    const learned = config.compression?.algorithm === 'fracbits_quantization' ? config.compression : null
    const budget = learned && costBudget(learned, network, specs)
    const plan = planRun(config, dataset.train.count)
    const evaluationBatchSize = shareOf(config.batch_size_val ?? config.batch_size, devices.length)
    const initialisationBatchSize = config.batch_size_init ?? config.batch_size / devices.length
    const built = buildTrainingGraph({
      network,
      specs,
      batchSize: config.batch_size,
      devices,
      evaluationBatchSize,
      initialisationBatchSize,
      mean: dataset.mean,
      std: dataset.std,
      floatOptimizer: plan.stages.find((stage) => stage.kind === 'float')?.optimizer ?? null,
      widthOptimizer: plan.stages.find((stage) => stage.kind === 'width')?.optimizer ?? null,
      sizeLoss: learned && budget && { ...learned.loss, compression_rate: budget.targetRate },
      hardwareTable: learned && hardwareTableOf(learned),
      distillation: config.compression?.distillation,
      averageDecay: config.compression?.weight_averaging?.decay,
      oscillationDecay: config.compression?.oscillation_freezing?.decay,
      compileQuantizers: isWorthCompiling(config, plan, dataset.validation.count / evaluationBatchSize),
      frozenWidthsDrift: switches.frozenWidthsDrift,
      floatArithmetic: config.float_arithmetic,
      quantizerGradientFactor: config.compression?.compression_lr_multiplier ?? config.compression_lr_multiplier ?? 1,
    })
    engine = new TrainingEngine(built, specs, network.input, { train: config.batch_size, evaluation: evaluationBatchSize, initialisation: initialisationBatchSize })
    const given = config.weights && !spec.resumeFrom ? await loadGivenWeights(config.weights, built.variables, specs) : null
    engine.write(new Map([...initialValues(network, config.seed ?? 0), ...(given?.state ?? [])]), true)
    if (given !== null) say(given.note)
    return { config, plan, dataset, network, specs, budget, switches, evaluationBatchSize, initialisationBatchSize, built, engine, close }
  } catch (error) {
    await close()
    throw error
  }
}

const GIGABYTE = 1e9

/** Compiling the quantizers of a large network takes as long as the difference it makes in so many batches. */
const COMPILED_FROM_BATCHES = 100

function isWorthCompiling(config: TrainingConfig, { totalSteps }: RunPlan, evaluationBatches: number): boolean {
  const steps = modesOf(config).has('train') ? totalSteps : 0
  return steps + evaluationBatches >= COMPILED_FROM_BATCHES
}

function openLimited({ config, dataDir, workers, excluded }: TrainerSpec, say: (note: FileNote) => void): Promise<Dataset> {
  const { train, validation } = config.data_limit ?? {}
  const limit = { ...(train === undefined ? {} : { train }), ...(validation === undefined ? {} : { validation }) }
  const switches = compatibilityOf(config)
  return openDataset({
    name: config.dataset,
    dir: dataDir,
    workers,
    limit,
    isExcluded: excludedByName(excluded),
    mockImages: config.num_mock_images,
    maxCorruptFiles: config.max_corrupt_files,
    ...decodingOf(switches),
    imageCache: config.image_cache_gb > 0 ? { folder: join(cacheFolder(), 'images'), bytes: config.image_cache_gb * GIGABYTE } : undefined,
    onNotice: (message) => say({ level: 'warning', message }),
    ...inputSizeOf(config),
  })
}

function checkAgainstData(config: TrainingConfig, dataset: Dataset): void {
  const classes = dataset.classNames.length
  if (classes > config.num_classes) {
    throw new StudioError('CONFIG_INVALID', `num_classes is ${String(config.num_classes)}, but the data set has ${String(classes)} classes. Raise num_classes.`)
  }
  for (const key of ['batch_size', 'batch_size_init'] as const) {
    const size = config[key] ?? 0
    if (size <= dataset.train.count) continue
    throw new StudioError('CONFIG_INVALID', `${key} is ${size}, but there are only ${dataset.train.count} training images. Lower ${key}.`)
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
  ...(spec.kernels === undefined ? {} : { kernels: spec.kernels }),
})

/** What this run runs on, on so many devices. */
export function runEnvironment(parts = 1): RunEnvironment {
  const { tensorflow, device } = probeRuntime(parts)
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

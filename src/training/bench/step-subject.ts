import type { ModelName } from '../../contract/models'
import { CompressionConfig, OptimizerConfig } from '../../contract/training-config'
import { initialValues } from '../../models/initial-values'
import type { Arithmetic } from '../../models/emission/emitted-layer'
import type { NetworkDefinition } from '../../models/layers'
import { buildNetwork } from '../../models/registry'
import { placeQuantizers } from '../../quantization/placement'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { TrainingEngine } from '../training-engine'
import { buildTrainingGraph, type TrainingGraph } from '../training-graph'
import { randomBatch } from './random-batch'

/** What a step trains: floats, fractional widths with the size loss, or quantizers that stay at 8 bits. */
export const STEP_MODES = ['fp32', 'fracbits', 'int8'] as const
export type StepMode = (typeof STEP_MODES)[number]

export interface StepSubjectOptions {
  readonly model: ModelName
  readonly mode: StepMode
  readonly batchSize: number
  /** Null takes the size the model was published for. */
  readonly imageSize: number | null
  /** Channels of every layer are multiplied by it. */
  readonly widthMult: number
  /** What a float step multiplies in. */
  readonly arithmetic: Arithmetic
  /** Without it quantizers run as separate operations, in the order of the specification. */
  readonly compiled: boolean
}

interface Shipped {
  readonly size: number
  readonly channels: number
  readonly classes: number
  readonly compression: Partial<Record<'mode', 'asymmetric'>>
  readonly ignored: readonly string[]
}

const IMAGENET: Shipped = { size: 224, channels: 3, classes: 1000, compression: {}, ignored: [] }
const INCEPTION_IGNORED = ['__add___0', '__add___1', '__add___2', '__mul___0', '__mul___1', '__mul___2', 'cat_0'].map((node) => `Inception3/${node}`)

/** Image size, classes and quantizers of the published configurations (spec 3.1). */
const shipped: Readonly<Record<ModelName, Shipped>> = {
  mobilenet_v2: IMAGENET,
  mobilenet_v2_32x32: { size: 32, channels: 3, classes: 100, compression: { mode: 'asymmetric' }, ignored: [] },
  resnet18: IMAGENET,
  resnet20: { size: 28, channels: 1, classes: 10, compression: {}, ignored: [] },
  resnet50: IMAGENET,
  inception_v3: { ...IMAGENET, size: 299, ignored: INCEPTION_IGNORED },
}

/** Nothing is to be learned from random images, and random weights on few of them diverge at usual rates; a step costs the same at any. */
export const LEARNING_RATE = 1e-9

/** Learned widths start from here in a benchmark, as where training spends its time: between two integers. */
const FRACTIONAL_WIDTH = 7.6

/** A model with its real training graph, loaded and ready to take steps. */
export interface StepSubject {
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  readonly built: TrainingGraph
  readonly engine: TrainingEngine
  /** Seconds from the description of the network to a loaded graph with initial values. */
  readonly openSeconds: number
}

export function openStepSubject({ model, mode, batchSize, imageSize, widthMult, arithmetic, compiled }: StepSubjectOptions): StepSubject {
  const start = performance.now()
  const of = shipped[model]
  const size = imageSize ?? of.size
  const network = buildNetwork({ model, model_params: { width_mult: widthMult }, num_classes: of.classes }, { channels: of.channels, height: size, width: size })
  const compression = CompressionConfig.parse({
    algorithm: mode === 'int8' ? 'quantization' : 'fracbits_quantization',
    overflow_fix: 'disable',
    weights: of.compression,
    activations: of.compression,
    ignored_scopes: of.ignored,
    loss: { alpha: 40 },
  })
  const specs = mode === 'fp32' ? [] : placeQuantizers(network, compression)
  const optimizer = OptimizerConfig.parse({ type: 'SGD', base_lr: 1e-3, weight_decay: 1e-4, optimizer_params: { momentum: 0.9, nesterov: true } })
  const statistics = (value: number): number[] => Array.from({ length: of.channels }, () => value)
  const built = buildTrainingGraph({
    network,
    specs,
    batchSize,
    evaluationBatchSize: batchSize,
    mean: statistics(0.45),
    std: statistics(0.25),
    floatOptimizer: mode === 'fp32' ? optimizer : null,
    widthOptimizer: mode === 'fp32' ? null : optimizer,
    sizeLoss: mode === 'fracbits' ? compression.loss : null,
    compileQuantizers: compiled,
    floatArithmetic: arithmetic,
  })
  const engine = new TrainingEngine(built, specs, network.input, { train: batchSize, evaluation: batchSize })
  engine.write(initialValues(network, 0), true)
  if (specs.length > 0) {
    const collection = engine.createCollection()
    engine.collectRanges(randomBatch(0, batchSize, network.input, of.classes), collection)
    engine.initialiseRanges(collection, mode === 'int8')
    if (mode === 'fracbits') engine.write(new Map([['quantizers/bits', new Float32Array(specs.length).fill(FRACTIONAL_WIDTH)]]))
  }
  return { network, specs, built, engine, openSeconds: (performance.now() - start) / 1000 }
}

import { afterEach } from 'vitest'
import { CompressionConfig, OptimizerConfig, SizeLossConfig } from '../../contract/training-config'
import type { Batch } from '../../data/batch'
import type { Arithmetic } from '../../models/emission/emitted-layer'
import { initialValues } from '../../models/initial-values'
import type { NetworkDefinition } from '../../models/layers'
import { placeQuantizers } from '../../quantization/placement'
import { TrainingEngine } from '../training-engine'
import { buildTrainingGraph } from '../training-graph'
import { noiseBatch, tinyNetwork } from './tiny-network'

const BATCH = 4
const SHAPE = [6, 6, 2] as const

export interface TinyEngineOptions {
  readonly optimizer?: Parameters<typeof OptimizerConfig.parse>[0]
  readonly compression?: object
  readonly loss?: object
  readonly drift?: boolean
  readonly averageDecay?: number
  readonly oscillationDecay?: number
  readonly distillation?: { readonly weight: number; readonly temperature: number }
  readonly gradientFactor?: number
  /** Share the training batch; see the graph's options. */
  readonly devices?: readonly (string | null)[]
  /** Images of a training batch; 4. */
  readonly batchSize?: number
  readonly network?: NetworkDefinition
  /** Has a float step too. */
  readonly float?: boolean
  readonly floatArithmetic?: Arithmetic
  readonly compile?: boolean
  /** Smallest number of values that a compiled function is worth; 1 compiles every quantizer and chain. */
  readonly compileFrom?: number | undefined
}

/** Opens tiny engines for the tests of a file, and closes each after its test. */
export function tinyEngines(): typeof tinyEngine {
  const open: TrainingEngine[] = []
  afterEach(() => {
    for (const engine of open.splice(0)) engine.close()
  })
  return (options) => {
    const engine = tinyEngine(options)
    open.push(engine)
    return engine
  }
}

/** An engine over the tiny network with initialised ranges; its quantizers are plain unless they are to be compiled. */
function tinyEngine(options: TinyEngineOptions = {}): TrainingEngine {
  const { network = tinyNetwork(), batchSize = BATCH } = options
  const compression = CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...options.compression })
  const specs = placeQuantizers(network, compression)
  const optimizer = OptimizerConfig.parse(options.optimizer ?? { type: 'SGD', base_lr: 0.01 })
  const built = buildTrainingGraph({
    network,
    specs,
    batchSize,
    initialisationBatchSize: BATCH,
    evaluationBatchSize: BATCH,
    ...(options.devices === undefined ? {} : { devices: options.devices }),
    mean: [0.5, 0.5],
    std: [0.25, 0.25],
    floatOptimizer: options.float === true ? optimizer : null,
    widthOptimizer: optimizer,
    sizeLoss: SizeLossConfig.parse({ alpha: 40, ...options.loss }),
    compileQuantizers: options.compile ?? false,
    ...(options.compileFrom === undefined ? {} : { compileFrom: options.compileFrom }),
    frozenWidthsDrift: options.drift ?? false,
    averageDecay: options.averageDecay,
    oscillationDecay: options.oscillationDecay,
    distillation: options.distillation,
    quantizerGradientFactor: options.gradientFactor ?? 1,
    floatArithmetic: options.floatArithmetic,
  })
  const engine = new TrainingEngine(built, specs, SHAPE, { train: batchSize, evaluation: BATCH, initialisation: BATCH })
  engine.write(initialValues(network, 3), true)
  const collection = engine.createCollection(compression.initializer.range)
  engine.collectRanges(tinyBatch(0), collection)
  engine.initialiseRanges(collection, false)
  return engine
}

export const tinyBatch = (step: number): Batch => noiseBatch(step, BATCH, SHAPE, 3)

/** The `stageStep`-th step of an engine on a batch of noise, and the gradients of it. */
export const tinyStep = (engine: TrainingEngine, stageStep: number, learningRate = 0.01) =>
  engine.stepWithGradients('width', { batch: tinyBatch(stageStep), learningRate, stageStep, seed: Int32Array.of(0, stageStep) })

export const bitsOf = (engine: TrainingEngine): number[] => Array.from(engine.read().get('quantizers/bits') ?? [])

export function freezeBits(engine: TrainingEngine): void {
  engine.write(new Map([['quantizers/frozen', new Float32Array(bitsOf(engine).length).fill(1)]]))
}

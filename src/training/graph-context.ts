import type { HardwareTable, OptimizerConfig, SizeLossConfig } from '../contract/training-config'
import type { Arithmetic } from '../models/emission/emitted-layer'
import type { NetworkDefinition } from '../models/layers'
import { type BitWidths, bitWidths, signedByWidth, widthConstants } from '../quantization/bit-widths'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { widthSpecs } from '../quantization/width-layout'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { emitPass, type NetworkPass } from './network-pass'
import { COMPILE_FROM } from './pointwise-chain'
import { createQuantizerEmitter, type QuantizerEmitter } from './quantizer-emitter'
import { type TrainingPart, trainingParts } from './training-parts'
import type { TrainingVariables } from './training-variables'

export interface TrainingGraphOptions {
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  readonly batchSize: number
  /** Devices that share a training batch in equal parts, such as `/device:GPU:1`, null where TensorFlow chooses; the rest is computed on the first. Absent: one, which TensorFlow chooses. */
  readonly devices?: readonly (string | null)[]
  readonly evaluationBatchSize: number
  /** Of range initialisation and batch-norm adaptation; absent takes that of training. */
  readonly initialisationBatchSize?: number | undefined
  /** Per channel, on the 0..1 scale. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly floatOptimizer: OptimizerConfig | null
  readonly widthOptimizer: OptimizerConfig | null
  /** Null trains without a size loss (plain 8-bit training). */
  readonly sizeLoss: SizeLossConfig | null
  /** Width training learns from a teacher too. */
  readonly distillation?: { readonly weight: number; readonly temperature: number } | undefined
  /** Weights and ranges have moving averages that keep this share of themselves with a step; absent: none. */
  readonly averageDecay?: number | undefined
  /** Oscillations of weights are tracked, with moving averages that keep this share of themselves with a step; absent: they are not. */
  readonly oscillationDecay?: number | undefined
  /** What the size loss counts by where its type is `hardware`. */
  readonly hardwareTable?: HardwareTable | null
  /** Compiles quantizers and the layers in front of them: several times faster. Without it every operation is rounded as the specification says. */
  readonly compileQuantizers: boolean
  /** Feature maps of at least so many values are compiled; absent: where it pays. */
  readonly compileFrom?: number
  /** Batch norms sum as precisely as torch's do; slower than the fused kernel. */
  readonly preciseBatchNorm?: boolean
  /** Momentum and weight decay go on moving frozen widths, as the original's do. */
  readonly frozenWidthsDrift?: boolean
  /** What training without quantizers, and a teacher, multiplies in; quantizers need float32, whose grids are finer than eight bits of a factor. Absent: float32. */
  readonly floatArithmetic?: Arithmetic | undefined
  /** Gradients of widths, scales and ranges are multiplied by it (`compression_lr_multiplier`). */
  readonly quantizerGradientFactor?: number
}

export interface TrainingFeeds {
  readonly trainImages: Tensor
  readonly initialisationImages: Tensor
  readonly evaluationImages: Tensor
  readonly trainLabels: Tensor
  readonly evaluationLabels: Tensor
  readonly rate: Tensor
  /** Two numbers a parameter group: see `stepFactors`. */
  readonly stepFactors: Tensor
  readonly seed: Tensor
}

export interface PassMode {
  readonly training: boolean
  readonly batchNormTraining: boolean
  readonly quantizers: QuantizerEmitter | null
}

/** What the parts of a training graph are written with. */
export interface GraphContext {
  readonly graph: Graph
  readonly options: TrainingGraphOptions
  readonly variables: TrainingVariables
  readonly feeds: TrainingFeeds
  /** Number of parameter groups that {@link TrainingFeeds.stepFactors} serves. */
  readonly groups: number
  /** Of the training batch; one where it is not divided. */
  readonly parts: readonly TrainingPart[]
  trainPass(mode: PassMode, part: TrainingPart): NetworkPass
  /** A part of the training batch through the teacher, in float and in evaluation. */
  teacherPass(part: TrainingPart): NetworkPass
  /** As a training pass, of a batch of initialisation; no step comes of it. Not chained where the values of all layers are looked at. */
  initialisationPass(mode: Omit<PassMode, 'training'> & { readonly chained: boolean }): NetworkPass
  /** Images of a batch of initialisation. */
  readonly initialisationBatchSize: number
  /** `integerSums`: at integer widths, over integers. */
  evaluationPass(quantizers: QuantizerEmitter | null, integerSums?: boolean): NetworkPass
  /** Null where nothing is quantized. */
  widths(options: { integer: boolean }): BitWidths | null
  emitter(widths: BitWidths, integer: boolean): QuantizerEmitter
}

export function createGraphContext(graph: Graph, options: TrainingGraphOptions, variables: TrainingVariables, groups: number): GraphContext {
  const { network, specs, batchSize, evaluationBatchSize } = options
  const [height, width, channels] = network.input
  const imagesOf = (name: string, count: number): Tensor => graph.placeholder(name, 'uint8', [count, height, width, channels])
  const initialisationBatchSize = options.initialisationBatchSize ?? batchSize
  const trainImages = imagesOf('train_images', batchSize)
  const feeds = {
    trainImages,
    initialisationImages: initialisationBatchSize === batchSize ? trainImages : imagesOf('initialisation_images', initialisationBatchSize),
    evaluationImages: imagesOf('evaluation_images', evaluationBatchSize),
    trainLabels: graph.placeholder('train_labels', 'int32', [batchSize]),
    evaluationLabels: graph.placeholder('evaluation_labels', 'int32', [evaluationBatchSize]),
    rate: graph.placeholder('rate', 'float32', []),
    stepFactors: graph.placeholder('step_factors', 'float32', [2 * groups]),
    seed: graph.placeholder('seed', 'int32', [2]),
  }
  const normalised = (images: Tensor): Tensor => {
    const unit = op.divide(graph, op.cast(graph, images, 'float32'), graph.scalar(255))
    return op.divide(graph, op.subtract(graph, unit, graph.constant('float32', [channels], options.mean)), graph.constant('float32', [channels], options.std))
  }
  const parts = trainingParts(graph, options.devices ?? [null], feeds.trainImages, feeds.trainLabels, [batchSize, height, width, channels])
  const inputs = new Map<Tensor, Tensor>()
  /** Images are normalised once, on the device that asks first. */
  const inputOf = (images: Tensor): Tensor => {
    const input = inputs.get(images) ?? normalised(images)
    inputs.set(images, input)
    return input
  }
  const stored = (name: string): Tensor => {
    const entry = variables.parameters.get(name)
    if (!entry) throw new RangeError(`no parameter ${name}`)
    return entry.variable.value
  }
  const compileFrom = options.compileFrom ?? COMPILE_FROM
  const chains = options.compileQuantizers && options.preciseBatchNorm !== true ? { compileFrom } : null
  return {
    graph,
    options,
    variables,
    feeds,
    groups,
    initialisationBatchSize,
    parts,
    trainPass: ({ training, batchNormTraining, quantizers }, part) =>
      emitPass({ graph, network, batchSize: part.size, batchNormTraining, preciseBatchNorm: options.preciseBatchNorm, dropoutSeed: training ? feeds.seed : null, part, auxiliary: training, stored, quantizers, arithmetic: training && quantizers === null ? options.floatArithmetic : undefined, chained: chains }, inputOf(part.images)),
    teacherPass: (part) => {
      const taught = (name: string): Tensor => {
        const variable = variables.teacher.get(name)
        if (!variable) throw new RangeError(`the teacher has no parameter ${name}`)
        return variable.value
      }
      return emitPass({ graph, network, batchSize: part.size, batchNormTraining: false, dropoutSeed: null, stored: taught, quantizers: null, arithmetic: options.floatArithmetic, chained: chains }, inputOf(part.images))
    },
    initialisationPass: ({ batchNormTraining, quantizers, chained }) =>
      emitPass({ graph, network, batchSize: initialisationBatchSize, batchNormTraining, preciseBatchNorm: options.preciseBatchNorm, dropoutSeed: null, stored, quantizers, chained: chained ? chains : null }, inputOf(feeds.initialisationImages)),
    evaluationPass: (quantizers, integerSums = false) =>
      emitPass({ graph, network, batchSize: evaluationBatchSize, batchNormTraining: false, dropoutSeed: null, stored, quantizers, integerSums, chained: integerSums ? null : chains }, inputOf(feeds.evaluationImages)),
    widths({ integer }) {
      if (!variables.widths) return null
      const inputs = {
        bits: variables.widths.bits.variable.value,
        frozen: variables.widths.frozen.value,
        signed: signedByWidth(graph, specs, variables.widths.signed.value),
        ...widthConstants(graph, widthSpecs(specs)),
      }
      return bitWidths(graph, inputs, { integer })
    },
    emitter: (widths, integer) =>
      createQuantizerEmitter({
        graph,
        specs,
        weightShapes: new Map([...variables.parameters.values()].filter(({ info }) => info.name.endsWith('.weight')).map(({ info }) => [info.layer, info.shape])),
        parameters: variables.ranges.map((list) => list.map(({ variable }) => variable.value)),
        levels: widths.levels,
        integer,
        compile: options.compileQuantizers,
        compileFrom,
      }),
  }
}

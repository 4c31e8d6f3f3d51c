import type { OptimizerConfig, SizeLossConfig } from '../contract/training-config'
import type { NetworkDefinition } from '../models/layers'
import { type BitWidths, bitWidths } from '../quantization/bit-widths'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { type SizeLoss, sizeLoss } from '../quantization/size-loss'
import { Graph } from '../tensor/graph'
import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { assignVariable } from '../tensor/variables'
import { classificationLoss } from './classification-loss'
import { emitPass, type NetworkPass } from './network-pass'
import { emitUpdate, momentumOf, slotCount, type UpdateInputs } from './optimizer-update'
import { createQuantizerEmitter, type QuantizerEmitter } from './quantizer-emitter'
import { createTrainingVariables, type TrainingVariables } from './training-variables'

export interface TrainingGraphOptions {
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  readonly batchSize: number
  readonly evaluationBatchSize: number
  /** Per channel, on the 0..1 scale. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly floatOptimizer: OptimizerConfig | null
  readonly widthOptimizer: OptimizerConfig | null
  /** Null trains without a size loss (plain 8-bit training). */
  readonly sizeLoss: SizeLossConfig | null
  readonly compileQuantizers: boolean
}

/** What a training step reports, in this order, followed by one width per quantizer. */
export const STEP_REPORT = ['crossEntropy', 'sizeLoss', 'top1', 'rate'] as const
/** What an evaluated batch reports: sums over its images. */
export const EVALUATION_REPORT = ['loss', 'top1', 'top5', 'images'] as const

export interface TrainingGraph {
  readonly graph: Graph
  readonly variables: TrainingVariables
  readonly feeds: { readonly trainImages: Tensor; readonly evaluationImages: Tensor; readonly trainLabels: Tensor; readonly evaluationLabels: Tensor; readonly rate: Tensor; readonly adamCorrection: Tensor; readonly seed: Tensor }
  /** Fetching it stores the values fed to every variable. */
  readonly assignAll: Tensor
  /** Fetching one of these takes a whole training step. */
  readonly floatStep: Tensor | null
  readonly widthStep: Tensor | null
  readonly evaluateFloat: Tensor
  readonly evaluateInteger: Tensor | null
  /** Per activation quantizer index: minimum and maximum, per image or per channel, of one training batch in float. */
  readonly activationExtremes: ReadonlyMap<number, { readonly min: Tensor; readonly max: Tensor }>
  /** Fetching it updates the running statistics from one training batch through the quantized network. */
  readonly adaptBatchNorm: Tensor | null
}

/** Writes everything a run needs into one graph over one set of variables. */
export function buildTrainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const { network, specs, batchSize, evaluationBatchSize } = options
  const graph = new Graph()
  const optimizers = [options.floatOptimizer, options.widthOptimizer].filter((config) => config !== null)
  const variables = createTrainingVariables(graph, network, specs, Math.max(1, ...optimizers.map(slotCount)))
  const [height, width, channels] = network.input
  const imagesOf = (name: string, count: number): Tensor => graph.placeholder(name, 'uint8', [count, height, width, channels])
  const feeds = {
    trainImages: imagesOf('train_images', batchSize),
    evaluationImages: imagesOf('evaluation_images', evaluationBatchSize),
    trainLabels: graph.placeholder('train_labels', 'int32', [batchSize]),
    evaluationLabels: graph.placeholder('evaluation_labels', 'int32', [evaluationBatchSize]),
    rate: graph.placeholder('rate', 'float32', []),
    adamCorrection: graph.placeholder('adam_correction', 'float32', [2]),
    seed: graph.placeholder('seed', 'int32', [2]),
  }
  const normalised = (images: Tensor): Tensor => {
    const unit = op.divide(graph, op.cast(graph, images, 'float32'), graph.scalar(255))
    return op.divide(graph, op.subtract(graph, unit, graph.constant('float32', [channels], options.mean)), graph.constant('float32', [channels], options.std))
  }
  const trainInput = normalised(feeds.trainImages)
  const evaluationInput = normalised(feeds.evaluationImages)
  const stored = (name: string): Tensor => {
    const entry = variables.parameters.get(name)
    if (!entry) throw new RangeError(`no parameter ${name}`)
    return entry.variable.value
  }
  const pass = (input: Tensor, count: number, mode: { training: boolean; batchNormTraining: boolean; quantizers: QuantizerEmitter | null }): NetworkPass =>
    emitPass({ graph, network, batchSize: count, batchNormTraining: mode.batchNormTraining, dropoutSeed: mode.training ? feeds.seed : null, auxiliary: mode.training, stored, quantizers: mode.quantizers }, input)

  const emitter = (widths: BitWidths, integer: boolean): QuantizerEmitter =>
    createQuantizerEmitter({
      graph,
      specs,
      weightShapes: new Map([...variables.parameters.values()].filter(({ info }) => info.name.endsWith('.weight')).map(({ info }) => [info.layer, info.shape])),
      parameters: variables.ranges.map((list) => list.map(({ variable }) => variable.value)),
      levels: op.unpack(graph, widths.levels, specs.length),
      integer,
      compile: options.compileQuantizers,
    })
  const widthsFor = (integer: boolean): BitWidths | null => {
    if (!variables.widths) return null
    const column = (value: (spec: QuantizerSpec) => number): Tensor => graph.constant('float32', [specs.length], specs.map(value))
    return bitWidths(
      graph,
      {
        bits: variables.widths.bits.variable.value,
        frozen: variables.widths.frozen.value,
        minBits: column((spec) => spec.minBits),
        maxBits: column((spec) => spec.maxBits),
        halfRange: column((spec) => (spec.halfRange ? 1 : 0)),
        signed: variables.widths.signed.value,
      },
      { integer },
    )
  }

  /** One training step: forward, loss, backward, update; the report hangs on all updates. */
  const emitStep = (config: OptimizerConfig, widths: BitWidths | null, name: string): Tensor => {
    const p = pass(trainInput, batchSize, { training: true, batchNormTraining: true, quantizers: widths && emitter(widths, false) })
    const { crossEntropy, backward } = classificationLoss(graph, p, feeds.trainLabels, batchSize)
    const gradients = backward()
    const updates: Tensor[] = []
    const inputs = { rate: feeds.rate, adamCorrection: feeds.adamCorrection }
    for (const [parameterName, { info, variable, slots }] of variables.parameters) {
      const d = gradients.parameters.get(parameterName)
      if (info.trainable && d) updates.push(...emitUpdate(graph, config, variable, slots, d, inputs))
      const statistic = p.statistics.get(parameterName)
      if (statistic) updates.push(assignVariable(graph, variable.handle, statistic))
    }
    gradients.ranges.forEach((list, index) => {
      list.forEach((d, i) => {
        const target = variables.ranges[index]?.[i]
        if (target) updates.push(...emitUpdate(graph, config, target.variable, target.slots, d, inputs))
      })
    })
    const top1 = op.reduceSum(graph, op.cast(graph, nn.inTopK(graph, p.logits, feeds.trainLabels, 1), 'float32'), [0])
    let size: SizeLoss | null = null
    let reported: Tensor[] = []
    if (widths && variables.widths) {
      if (options.sizeLoss) {
        size = sizeLoss(graph, options.sizeLoss, widths.clamped, graph.constant('float32', [specs.length], specs.map((spec) => spec.elements)), specs.length, specs.reduce((sum, spec) => sum + spec.elements * spec.initialBits, 0))
      }
      const task = op.pack(graph, specs.map((_, i) => gradients.bits.get(i) ?? graph.scalar(0)))
      const both = size ? op.add(graph, task, size.gradient) : task
      const updated = emitWidthUpdate(graph, config, variables.widths, op.multiply(graph, both, widths.gradientMask), inputs)
      updates.push(...updated.operations)
      reported = op.unpack(graph, updated.bits, specs.length)
    }
    const zero = graph.scalar(0)
    const report = op.pack(graph, [crossEntropy, size?.loss ?? zero, top1, size?.rate ?? zero, ...reported])
    return op.identity(graph, report, updates, name)
  }

  const emitEvaluation = (quantizers: QuantizerEmitter | null, name: string): Tensor => {
    const p = pass(evaluationInput, evaluationBatchSize, { training: false, batchNormTraining: false, quantizers })
    const zero = graph.constant('int32', [], [0])
    const valid = op.cast(graph, op.greaterEqual(graph, feeds.evaluationLabels, zero), 'float32')
    const labels = op.maximum(graph, feeds.evaluationLabels, zero)
    const masked = (values: Tensor): Tensor => op.reduceSum(graph, op.multiply(graph, values, valid), [0])
    const top = (k: number): Tensor => masked(op.cast(graph, nn.inTopK(graph, p.logits, labels, Math.min(k, network.numClasses)), 'float32'))
    const report = op.pack(graph, [masked(nn.softmaxCrossEntropy(graph, p.logits, labels).loss), top(1), top(5), op.reduceSum(graph, valid, [0])])
    return op.identity(graph, report, [], name)
  }

  const trainWidths = widthsFor(false)
  const integerWidths = widthsFor(true)
  const integerEmitter = integerWidths && emitter(integerWidths, true)
  const activationExtremes = new Map<number, { min: Tensor; max: Tensor }>()
  let adaptBatchNorm: Tensor | null = null
  if (specs.length > 0) {
    const values = pass(trainInput, batchSize, { training: false, batchNormTraining: false, quantizers: null }).values
    specs.forEach((spec, index) => {
      const value = values.get(spec.layer)
      if (spec.kind !== 'activation' || !value) return
      const axes = spec.ranges > 1 ? [0, 1, 2] : [1, 2, 3]
      activationExtremes.set(index, {
        min: op.reduceMin(graph, value, axes),
        max: op.reduceMax(graph, spec.mode === 'symmetric' ? op.absolute(graph, value) : value, axes),
      })
    })
    const adapted = pass(trainInput, batchSize, { training: false, batchNormTraining: true, quantizers: integerEmitter })
    const assigned = [...adapted.statistics].map(([name, value]) => {
      const entry = variables.parameters.get(name)
      if (!entry) throw new RangeError(name)
      return assignVariable(graph, entry.variable.handle, value)
    })
    adaptBatchNorm = op.identity(graph, graph.scalar(0), assigned, 'adapt_batch_norm')
  }
  const assignAll = op.identity(graph, graph.scalar(0), variables.all.map((variable) => variable.assign), 'assign_all')
  return {
    graph,
    variables,
    feeds,
    assignAll,
    floatStep: options.floatOptimizer ? emitStep(options.floatOptimizer, null, 'float_step') : null,
    widthStep: options.widthOptimizer && trainWidths ? emitStep(options.widthOptimizer, trainWidths, 'width_step') : null,
    evaluateFloat: emitEvaluation(null, 'evaluate_float'),
    evaluateInteger: integerEmitter ? emitEvaluation(integerEmitter, 'evaluate_integer') : null,
    activationExtremes,
    adaptBatchNorm,
  }
}

/** One optimizer step for the vector of widths; frozen ones keep their value and their momentum. */
function emitWidthUpdate(graph: Graph, config: OptimizerConfig, widths: NonNullable<TrainingVariables['widths']>, gradient: Tensor, inputs: UpdateInputs): { operations: Tensor[]; bits: Tensor } {
  const { variable, slots } = widths.bits
  if (config.type.toLowerCase() === 'adam') {
    // The gradient of a frozen width is zero already; decay would still move it.
    return { operations: emitUpdate(graph, { ...config, weight_decay: 0 }, variable, slots, gradient, inputs), bits: variable.value }
  }
  const [velocity] = slots
  if (!velocity) throw new RangeError('widths have no optimizer state')
  const free = op.subtract(graph, graph.scalar(1), widths.frozen.value)
  const momentum = graph.scalar(momentumOf(config))
  const decayed = op.add(graph, gradient, op.multiply(graph, variable.value, graph.scalar(config.weight_decay)))
  const moved = op.add(graph, op.multiply(graph, velocity.value, momentum), decayed)
  const direction = config.optimizer_params?.nesterov === true ? op.add(graph, decayed, op.multiply(graph, moved, momentum)) : moved
  const bits = op.subtract(graph, variable.value, op.multiply(graph, op.multiply(graph, inputs.rate, direction), free))
  const kept = op.select(graph, op.greater(graph, free, graph.scalar(0.5)), moved, velocity.value)
  return { operations: [assignVariable(graph, variable.handle, bits), assignVariable(graph, velocity.handle, kept)], bits }
}

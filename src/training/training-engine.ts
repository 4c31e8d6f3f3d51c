import type { CompressionConfig } from '../contract/training-config'
import type { Batch } from '../data/batch'
import type { ParameterInfo } from '../models/parameters'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { ExtremesCollector } from '../quantization/range-collectors'
import { activationView } from '../quantization/tensor-view'
import { widthSpecs } from '../quantization/width-layout'
import { type Feed, Session } from '../tensor/session'
import type { Tensor } from '../tensor/types'
import type { EmittedEvaluation } from './evaluation-emission'
import { stepFactors } from './optimizer-plan'
import { RangeCollection } from './range-collection'
import { type EmittedStep, STEP_REPORT } from './step-emission'
import type { TrainingGraph } from './training-graph'

export type TrainingKind = 'float' | 'width'
/** How widths are taken in an evaluation: not at all, all rounded, the same with sums over integers, or as they train (fractional unless frozen). */
export type EvaluationKind = 'float' | 'integer' | 'integer-sums' | 'fractional'

export interface StepResult {
  readonly crossEntropy: number
  readonly sizeLoss: number
  /** Correct images of the batch. */
  readonly top1: number
  readonly top5: number
  /** Initial cost / fractional cost: of size, or of bit operations where the loss is about those. */
  readonly rate: number
  /** One entry per width, after the step; empty in float training. */
  readonly widths: Float32Array
  /** Gradients of cross-entropy and of the size loss by each effective width (kernel-wise: one a kernel), before bounds and factors; empty in float training. */
  readonly widthGradients: { readonly task: Float32Array; readonly size: Float32Array }
  /** Percent of the quantized weights that no longer move since they oscillated; null in a step that tracks none. */
  readonly frozenWeights: number | null
}

export interface Evaluation {
  readonly loss: number
  /** Percent. */
  readonly top1: number
  readonly top5: number
  readonly images: number
}

export interface StepInputs {
  readonly batch: Batch
  readonly learningRate: number
  /** Steps of this optimizer so far, this one included: from 1. */
  readonly stageStep: number
  /** Differs in every step of a run; drives dropout. */
  readonly seed: Int32Array
  /** Weights whose direction changes more often than this are frozen after the step; absent: oscillations are not tracked. */
  readonly oscillationThreshold?: number | undefined
}

/** Values of all variables by name, in the engine's layout. */
export type EngineState = ReadonlyMap<string, Float32Array>

/** A loaded training graph: takes steps, evaluates, initialises ranges. Every method blocks its thread. */
export class TrainingEngine {
  private readonly session: Session

  constructor(
    private readonly built: TrainingGraph,
    private readonly specs: readonly QuantizerSpec[],
    private readonly inputShape: readonly number[],
    private readonly sizes: { readonly train: number; readonly evaluation: number; readonly initialisation?: number | undefined },
  ) {
    this.session = new Session(built.graph)
  }

  /** Native tensors alive between steps: the variables, and every handle that a step would have left behind. */
  get nativeTensors(): number {
    return this.built.variables.all.length + this.session.nativeTensors
  }

  /** Seconds spent in native runs so far. */
  get nativeSeconds(): number {
    return this.session.nativeSeconds
  }

  private get initialisationSize(): number {
    return this.sizes.initialisation ?? this.sizes.train
  }

  /** Sets variables; those not named keep their value, or become zero the first time. */
  write(state: EngineState, fresh = false): void {
    const current = fresh ? new Map<string, Float32Array>() : this.read()
    const feeds = this.built.variables.all.map((variable): Feed => {
      const size = variable.shape.reduce((product, length) => product * length, 1)
      const data = state.get(variable.name) ?? current.get(variable.name) ?? new Float32Array(size)
      if (data.length !== size) throw new RangeError(`${variable.name} needs ${String(size)} values, not ${String(data.length)}`)
      return { to: variable.feed, dtype: 'float32', shape: variable.shape, data }
    })
    this.session.run(feeds, [this.built.assignAll])
  }

  /** All variables, or those named. */
  read(names?: readonly string[]): Map<string, Float32Array> {
    const { all } = this.built.variables
    const wanted = names === undefined ? all : all.filter(({ name }) => names.includes(name))
    const values = wanted.length === 0 ? [] : this.session.run([], wanted.map((variable) => variable.value))
    return new Map(wanted.map((variable, i) => [variable.name, Float32Array.from(values[i] ?? [])]))
  }

  /** Zeroes momentum and the like, as a new optimizer starts. */
  resetOptimizer(): void {
    this.write(new Map(this.built.variables.optimizerState.map((variable) => [variable.name, new Float32Array(variable.shape.reduce((product, length) => product * length, 1))])))
  }

  step(kind: TrainingKind, inputs: StepInputs): StepResult {
    const { result } = this.stepWith(kind, inputs, [])
    const frozenWeights = kind === 'width' && inputs.oscillationThreshold !== undefined ? this.trackOscillations(inputs.oscillationThreshold) : null
    if (kind === 'width' && this.built.moveAverages) this.session.run([], [this.built.moveAverages])
    return { ...result, frozenWeights }
  }

  private trackOscillations(threshold: number): number {
    const { oscillations } = this.built
    if (!oscillations) throw new RangeError('oscillations are not tracked in this run')
    const [share] = this.session.floats([{ to: oscillations.threshold, dtype: 'float32', shape: [], data: Float32Array.of(threshold) }], oscillations.track)
    return share ?? 0
  }

  /** Tracks weights from where they are now, none of them frozen; nothing where oscillations are not tracked. */
  restartOscillations(): void {
    if (this.built.oscillations) this.session.run([], [this.built.oscillations.restart])
  }

  /** As {@link step}, with the gradients that the optimizer was given (before weight decay), by variable name, and the logits before the step. */
  stepWithGradients(kind: TrainingKind, inputs: StepInputs): { result: StepResult; gradients: Map<string, Float32Array>; logits: Float32Array } {
    const emitted = this.emittedStep(kind)
    const names = [...emitted.gradients.keys()]
    const { result, more } = this.stepWith(kind, inputs, [emitted.logits, ...emitted.gradients.values()])
    const [logits, ...values] = more
    return { result, gradients: new Map(names.map((name, i) => [name, Float32Array.from(values[i] ?? [])])), logits: Float32Array.from(logits ?? []) }
  }

  /** Gradient of the mean cross-entropy of one training batch by each effective width; nothing changes. */
  widthGradients(batch: Batch, seed: Int32Array): Float32Array {
    const { widthGradient } = this.emittedStep('width')
    if (!widthGradient) throw new RangeError('nothing is quantized in this run')
    return this.fromTraining(batch, seed, widthGradient)
  }

  /** Mean cross-entropy of one training batch as a step with widths finds it, by the batch's own statistics; nothing changes. */
  widthCrossEntropy(batch: Batch, seed: Int32Array): number {
    return this.fromTraining(batch, seed, this.emittedStep('width').crossEntropy)[0] ?? Number.NaN
  }

  private fromTraining(batch: Batch, seed: Int32Array, wanted: Tensor): Float32Array {
    const { feeds } = this.built
    return this.session.floats(
      [...this.batchFeeds(batch, feeds.trainImages, feeds.trainLabels, this.sizes.train), { to: feeds.seed, dtype: 'int32', shape: [2], data: seed }],
      wanted,
    )
  }

  private stepWith(kind: TrainingKind, inputs: StepInputs, fetches: readonly Tensor[]): { result: StepResult; more: readonly ArrayLike<number>[] } {
    const emitted = this.emittedStep(kind)
    const { feeds, groups } = this.built
    const factors = new Float32Array(2 * groups).fill(1)
    factors.set(stepFactors(emitted.plan, inputs.stageStep))
    const [report, ...more] = this.session.run(
      [
        ...this.batchFeeds(inputs.batch, feeds.trainImages, feeds.trainLabels, this.sizes.train),
        { to: feeds.rate, dtype: 'float32', shape: [], data: Float32Array.of(inputs.learningRate) },
        { to: feeds.stepFactors, dtype: 'float32', shape: [factors.length], data: factors },
        { to: feeds.seed, dtype: 'int32', shape: [2], data: inputs.seed },
      ],
      [emitted.report, ...fetches],
    )
    const [crossEntropy = 0, sizeLoss = 0, top1 = 0, rate = 0, top5 = 0] = report ?? []
    const perWidth = Float32Array.from(report ?? []).slice(STEP_REPORT.length)
    const count = perWidth.length / 3
    const widthGradients = { task: perWidth.slice(count, 2 * count), size: perWidth.slice(2 * count) }
    return { result: { crossEntropy, sizeLoss, top1, top5, rate, widths: perWidth.slice(0, count), widthGradients, frozenWeights: null }, more }
  }

  private emittedStep(kind: TrainingKind): EmittedStep {
    const emitted = kind === 'float' ? this.built.floatStep : this.built.widthStep
    if (!emitted) throw new RangeError(`this run has no ${kind} training`)
    return emitted
  }

  /** Adds one batch to sums that {@link finishEvaluation} turns into means; its logits [images, classes]. */
  evaluateBatch(kind: EvaluationKind, batch: Batch, sums: Float64Array): Float32Array {
    const { feeds } = this.built
    const emitted = this.emittedEvaluation(kind)
    const [report, logits] = this.session.floatPair(this.batchFeeds(batch, feeds.evaluationImages, feeds.evaluationLabels, this.sizes.evaluation), emitted.report, emitted.logits)
    report.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value))
    return logits
  }

  /** Logits [images, classes] of one batch. */
  logits(kind: EvaluationKind, batch: Batch): Float32Array {
    return this.session.floats(this.batchFeeds(batch, this.built.feeds.evaluationImages, null, this.sizes.evaluation), this.emittedEvaluation(kind).logits)
  }

  private emittedEvaluation(kind: EvaluationKind): EmittedEvaluation {
    const { evaluateFloat, evaluateInteger, evaluateIntegerSums, evaluateFractional } = this.built
    const emitted = { float: evaluateFloat, integer: evaluateInteger, 'integer-sums': evaluateIntegerSums, fractional: evaluateFractional }[kind]
    if (!emitted) throw new RangeError('nothing is quantized in this run')
    return emitted
  }

  /** Hands one initialisation batch, run through the float network, to the collectors of activations that still want one. */
  collectRanges(batch: Batch, collection: RangeCollection): void {
    const feeds = this.batchFeeds(batch, this.built.feeds.initialisationImages, null, this.initialisationSize)
    const wanted = collection.wanted()
    const extremes = wanted.filter((point) => point.collector instanceof ExtremesCollector)
    const values = this.session.run(feeds, extremes.flatMap(({ reading }) => [reading.min, reading.max]))
    extremes.forEach((point, i) => {
      if (point.collector instanceof ExtremesCollector) point.collector.addExtremes(Float32Array.from(values[2 * i] ?? []), Float32Array.from(values[2 * i + 1] ?? []))
    })
    for (const { collector, reading } of wanted) {
      // One at a time: whole feature maps of all layers at once would not fit.
      if (!(collector instanceof ExtremesCollector)) collector.add(activationView(this.session.floats(feeds, reading.values), reading.shape))
    }
    collection.countBatch()
  }

  /** Collectors for every activation; without a configuration, the default ones. */
  createCollection(range?: CompressionConfig['initializer']['range']): RangeCollection {
    return new RangeCollection(this.built.activations, this.specs, range, this.initialisationSize)
  }

  /** Sets ranges, signs and the widths to start from, by what was collected; `frozen` keeps all widths there. */
  initialiseRanges(collection: RangeCollection, frozen: boolean): void {
    const state = this.read()
    const weights = (name: string): { values: Float32Array; info: ParameterInfo } => {
      const entry = this.built.variables.parameters.get(name)
      const values = state.get(name)
      if (!entry || !values) throw new RangeError(`no parameter ${name}`)
      return { values, info: entry.info }
    }
    const signed = new Float32Array(this.specs.length)
    const update = new Map<string, Float32Array>()
    this.specs.forEach((spec, index) => {
      const ranges = collection.rangesOf(spec, weights)
      const stored = (values: Float32Array): Float32Array => (spec.logarithmic ? values.map(Math.log) : values)
      if (ranges.mode === 'symmetric') {
        update.set(`quantizers/${spec.id}/scale`, stored(ranges.scale))
        signed[index] = ranges.signed ? 1 : 0
      } else {
        update.set(`quantizers/${spec.id}/input_low`, ranges.inputLow)
        update.set(`quantizers/${spec.id}/input_range`, stored(ranges.inputRange))
      }
    })
    const each = widthSpecs(this.specs)
    update.set('quantizers/bits', Float32Array.from(each, (spec) => spec.startBits ?? spec.initialBits))
    update.set('quantizers/signed', signed)
    update.set('quantizers/frozen', new Float32Array(each.length).fill(frozen ? 1 : 0))
    this.write(update)
  }

  adaptBatchNorm(batch: Batch): void {
    if (!this.built.adaptBatchNorm) throw new RangeError('nothing is quantized in this run')
    this.session.run(this.batchFeeds(batch, this.built.feeds.initialisationImages, null, this.initialisationSize), [this.built.adaptBatchNorm])
  }

  /** The teacher gets these weights, by the names of the network's parameters; those of the network itself where none are given. */
  setTeacher(given: EngineState = new Map()): void {
    const { teacher } = this.built.variables
    if (teacher.size === 0) return
    const own = this.read([...teacher.keys()])
    this.write(new Map([...teacher].map(([name, variable]) => [variable.name, given.get(name) ?? own.get(name) ?? new Float32Array()])))
  }

  /** Averages begin anew with what the weights and ranges are now; nothing where they are not averaged. */
  restartAverages(): void {
    this.copy([...this.built.variables.averages].map(([variable, average]) => [variable.name, average.name]))
  }

  /** Weights and ranges become their averages; frozen weights keep their integers. */
  takeAverages(): void {
    this.copy([...this.built.variables.averages].map(([variable, average]) => [average.name, variable.name]))
    if (this.built.oscillations) this.session.run([], [this.built.oscillations.hold])
  }

  private copy(pairs: readonly (readonly [from: string, to: string])[]): void {
    if (pairs.length === 0) return
    const values = this.read(pairs.map(([from]) => from))
    this.write(new Map(pairs.map(([from, to]) => [to, values.get(from) ?? new Float32Array()])))
  }

  close(): void {
    this.session.close()
  }

  private batchFeeds(batch: Batch, images: Tensor, labels: Tensor | null, size: number): Feed[] {
    const pixels: Feed = { to: images, dtype: 'uint8', shape: [size, ...this.inputShape], data: batch.images }
    return labels === null ? [pixels] : [pixels, { to: labels, dtype: 'int32', shape: [size], data: batch.labels }]
  }
}

export function finishEvaluation(sums: Float64Array): Evaluation {
  const [loss = 0, top1 = 0, top5 = 0, images = 0] = sums
  const count = Math.max(1, images)
  return { loss: loss / count, top1: (100 * top1) / count, top5: (100 * top5) / count, images }
}

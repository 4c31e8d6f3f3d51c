import type { Batch } from '../data/batch'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { asymmetricFromStatistics, MixedMinMax, symmetricFromStatistics, weightStatistics } from '../quantization/range-initialisation'
import { type Feed, Session } from '../tensor/session'
import type { Tensor } from '../tensor/types'
import { STEP_REPORT, type TrainingGraph } from './training-graph'

export interface StepResult {
  readonly crossEntropy: number
  readonly sizeLoss: number
  /** Correct images of the batch. */
  readonly top1: number
  /** INT8 size / fractional size. */
  readonly rate: number
  /** One entry per quantizer, after the step; empty in float training. */
  readonly widths: Float32Array
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
  readonly adamCorrection: Float32Array
  /** Differs in every step of a run; drives dropout. */
  readonly seed: Int32Array
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
    private readonly sizes: { readonly train: number; readonly evaluation: number },
  ) {
    this.session = new Session(built.graph)
  }

  /** Native tensors alive between steps: the variables, and every handle that a step would have left behind. */
  get nativeTensors(): number {
    return this.built.variables.all.length + this.session.nativeTensors
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

  read(): Map<string, Float32Array> {
    const values = this.session.run([], this.built.variables.all.map((variable) => variable.value))
    return new Map(this.built.variables.all.map((variable, i) => [variable.name, Float32Array.from(values[i] ?? [])]))
  }

  /** Zeroes momentum and the like, as a new optimizer starts. */
  resetOptimizer(): void {
    this.write(new Map(this.built.variables.optimizerState.map((variable) => [variable.name, new Float32Array(variable.shape.reduce((product, length) => product * length, 1))])))
  }

  step(kind: 'float' | 'width', inputs: StepInputs): StepResult {
    const fetch = kind === 'float' ? this.built.floatStep : this.built.widthStep
    if (!fetch) throw new RangeError(`this run has no ${kind} training`)
    const { feeds } = this.built
    const report = this.session.floats(
      [
        ...this.batchFeeds(inputs.batch, feeds.trainImages, feeds.trainLabels, this.sizes.train),
        { to: feeds.rate, dtype: 'float32', shape: [], data: Float32Array.of(inputs.learningRate) },
        { to: feeds.adamCorrection, dtype: 'float32', shape: [2], data: inputs.adamCorrection },
        { to: feeds.seed, dtype: 'int32', shape: [2], data: inputs.seed },
      ],
      fetch,
    )
    const [crossEntropy = 0, sizeLoss = 0, top1 = 0, rate = 0] = report
    return { crossEntropy, sizeLoss, top1, rate, widths: report.slice(STEP_REPORT.length) }
  }

  /** Adds one batch to sums that {@link finishEvaluation} turns into means. */
  evaluateBatch(kind: 'float' | 'integer', batch: Batch, sums: Float64Array): void {
    const fetch = kind === 'float' ? this.built.evaluateFloat : this.built.evaluateInteger
    if (!fetch) throw new RangeError('nothing is quantized in this run')
    const { feeds } = this.built
    const report = this.session.floats(this.batchFeeds(batch, feeds.evaluationImages, feeds.evaluationLabels, this.sizes.evaluation), fetch)
    report.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value))
  }

  /** Minimum and maximum of every activation that has a quantizer, collected over calls. */
  collectExtremes(batch: Batch, collectors: ReadonlyMap<number, MixedMinMax>): void {
    const fetches: Tensor[] = []
    for (const { min, max } of this.built.activationExtremes.values()) fetches.push(min, max)
    const values = this.session.run(this.batchFeeds(batch, this.built.feeds.trainImages, null, this.sizes.train), fetches)
    ;[...this.built.activationExtremes.keys()].forEach((index, i) => {
      collectors.get(index)?.add(Float32Array.from(values[2 * i] ?? []), Float32Array.from(values[2 * i + 1] ?? []))
    })
  }

  createCollectors(): Map<number, MixedMinMax> {
    return new Map([...this.built.activationExtremes.keys()].map((index) => [index, new MixedMinMax({ perChannel: (this.specs[index]?.ranges ?? 1) > 1, symmetric: this.specs[index]?.mode === 'symmetric' })]))
  }

  /** Sets ranges, signs and initial widths from collected statistics; `frozen` keeps all widths at their initial value. */
  initialiseRanges(collectors: ReadonlyMap<number, MixedMinMax>, frozen: boolean): void {
    const state = this.read()
    const signed = new Float32Array(this.specs.length)
    const update = new Map<string, Float32Array>()
    this.specs.forEach((spec, index) => {
      const statistics =
        spec.kind === 'weight'
          ? weightStatistics(state.get(`${spec.layer}.weight`) ?? new Float32Array(), this.channelsOf(spec), { perChannel: spec.perChannel, symmetric: spec.mode === 'symmetric' })
          : collectors.get(index)?.result()
      if (!statistics) throw new RangeError(`${spec.id} has no statistics`)
      if (spec.mode === 'symmetric') {
        const range = symmetricFromStatistics(statistics, spec.forceSigned === true)
        update.set(`quantizers/${spec.id}/scale`, range.scale)
        signed[index] = range.signed ? 1 : 0
      } else {
        const range = asymmetricFromStatistics(statistics)
        update.set(`quantizers/${spec.id}/input_low`, range.inputLow)
        update.set(`quantizers/${spec.id}/input_range`, range.inputRange)
      }
    })
    update.set('quantizers/bits', Float32Array.from(this.specs, (spec) => spec.initialBits))
    update.set('quantizers/signed', signed)
    update.set('quantizers/frozen', new Float32Array(this.specs.length).fill(frozen ? 1 : 0))
    this.write(update)
  }

  adaptBatchNorm(batch: Batch): void {
    if (!this.built.adaptBatchNorm) throw new RangeError('nothing is quantized in this run')
    this.session.run(this.batchFeeds(batch, this.built.feeds.trainImages, null, this.sizes.train), [this.built.adaptBatchNorm])
  }

  close(): void {
    this.session.close()
  }

  private channelsOf(spec: QuantizerSpec): number {
    const shape = this.built.variables.parameters.get(`${spec.layer}.weight`)?.info.shape ?? []
    const depthwise = this.built.variables.parameters.get(`${spec.layer}.weight`)?.info.kind === 'depthwise-weight'
    return (depthwise ? shape[2] : shape.at(-1)) ?? 1
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

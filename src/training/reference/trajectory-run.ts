import { CompressionConfig, OptimizerConfig } from '../../contract/training-config'
import type { Batch } from '../../data/batch'
import { fromStateDict, stateDictShape, toStateDict } from '../../models/state-dict-layout'
import { parametersOf } from '../../models/parameter-list'
import { placeQuantizers } from '../../quantization/placement'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { batchesFor, rangeSamples } from '../../quantization/range-scopes'
import { COMPATIBILITY } from '../compatibility'
import { parameterNames } from '../parameter-names'
import { type EvaluationKind, finishEvaluation, type StepInputs, TrainingEngine } from '../training-engine'
import { buildTrainingGraph } from '../training-graph'
import { recordedNetwork } from './recorded-network'
import type { TrajectoryFile } from './trajectory-file'

const IMAGE = [28, 28, 1] as const

/** The recorded run on the engine, with what the original errs in. Values are named as in the recording and have PyTorch's layouts. */
export class TrajectoryRun {
  readonly specs: readonly QuantizerSpec[]
  readonly kind: 'float' | 'width'
  private readonly engine: TrainingEngine
  private readonly network = recordedNetwork()
  private readonly parameters = parametersOf(this.network)
  private steps = 0

  constructor(
    private readonly recorded: TrajectoryFile,
    compiled: boolean,
  ) {
    const { compression_config: compression, optimizer: want, dataset } = recorded
    this.specs = compression ? placeQuantizers(this.network, compression) : []
    this.kind = compression ? 'width' : 'float'
    const optimizer = OptimizerConfig.parse({ type: want.type, base_lr: want.lr, weight_decay: want.weight_decay, optimizer_params: { momentum: want.momentum, nesterov: want.nesterov } })
    const built = buildTrainingGraph({
      network: this.network,
      specs: this.specs,
      batchSize: dataset.batch,
      evaluationBatchSize: dataset.batch,
      mean: [0],
      std: [1],
      floatOptimizer: optimizer,
      widthOptimizer: compression ? optimizer : null,
      sizeLoss: this.learned ? CompressionConfig.parse(compression).loss : null,
      compileQuantizers: compiled,
      // The compiled form has its own sums, precise enough; TensorFlow's kernel, which the plain form would take, has not.
      preciseBatchNorm: !compiled,
      frozenWidthsDrift: COMPATIBILITY.nncf.frozenWidthsDrift,
    })
    this.engine = new TrainingEngine(built, this.specs, IMAGE, { train: dataset.batch, evaluation: dataset.batch })
    const state = new Map(this.parameters.map((info) => [info.name, fromStateDict(info, { shape: stateDictShape(info), data: Float32Array.from(recorded.initial_tensors[info.name] ?? []) })] as const))
    this.engine.write(state, true)
  }

  get learned(): boolean {
    return this.recorded.compression_config?.algorithm === 'fracbits_quantization'
  }

  initialise(batches: readonly Batch[]): void {
    const { compression_config: compression, dataset } = this.recorded
    if (!compression) return
    const { range, batchnorm_adaptation: adaptation } = compression.initializer
    const collection = this.engine.createCollection(range)
    for (const batch of batches.slice(0, batchesFor(rangeSamples(range), dataset.batch))) this.engine.collectRanges(batch, collection)
    this.engine.initialiseRanges(collection, !this.learned)
    for (const batch of batches.slice(0, batchesFor(adaptation?.num_bn_adaptation_samples ?? 0, dataset.batch))) this.engine.adaptBatchNorm(batch)
  }

  /** Takes the recorded ranges, which differ from ours by float noise of the pass they were found in. */
  takeRecordedRanges(): void {
    const values = new Map<string, Float32Array>()
    for (const spec of this.specs) {
      const init = this.recorded.quantizers.find(({ key }) => key === recordedKey(spec))?.init
      for (const [suffix, value] of Object.entries({ scale: init?.scale, input_low: init?.input_low, input_range: init?.input_range })) {
        if (value) values.set(`quantizers/${spec.id}/${suffix}`, Float32Array.from(value))
      }
    }
    this.engine.write(values)
  }

  /** One step, with the gradients by recorded name. */
  step(batch: Batch): { ce: number; sizeLoss: number; correct: number; logits: Float32Array; gradients: Map<string, Float32Array> } {
    this.steps += 1
    const inputs: StepInputs = { batch, learningRate: this.recorded.optimizer.lr, stageStep: this.steps, seed: Int32Array.of(0, this.steps) }
    const { result, gradients, logits } = this.engine.stepWithGradients(this.kind, inputs)
    return { ce: result.crossEntropy, sizeLoss: result.sizeLoss, correct: result.top1, logits, gradients: this.named(gradients, false) }
  }

  freeze(): void {
    this.engine.write(new Map([['quantizers/frozen', new Float32Array(this.specs.length).fill(1)]]))
  }

  /** Every tensor by its name in the recorded state dict. */
  state(): Map<string, Float32Array> {
    return this.named(this.engine.read(), true)
  }

  evaluate(batches: readonly Batch[]): { ce: number; correct: number; logits: Float32Array } {
    const kind: EvaluationKind = this.kind === 'float' ? 'float' : 'fractional'
    const sums = new Float64Array(4)
    const [logits = new Float32Array()] = batches.map((batch) => this.engine.evaluateBatch(kind, batch, sums))
    const { loss, top1, images } = finishEvaluation(sums)
    return { ce: loss, correct: Math.round((top1 * images) / 100), logits }
  }

  close(): void {
    this.engine.close()
  }

  /** `stored` names ranges as the state dict does, else as the optimizer's parameters. */
  private named(values: ReadonlyMap<string, Float32Array>, stored: boolean): Map<string, Float32Array> {
    const result = new Map<string, Float32Array>()
    for (const info of this.parameters) {
      const value = values.get(info.name)
      if (value) result.set(info.name, toStateDict(info, value).data)
    }
    const bits = values.get('quantizers/bits')
    const signed = values.get('quantizers/signed')
    this.specs.forEach((spec, index) => {
      const suffixes = spec.mode === 'symmetric' ? ['scale'] : ['input_low', 'input_range']
      suffixes.forEach((suffix, i) => {
        const value = values.get(`quantizers/${spec.id}/${suffix}`)
        if (value) result.set(stored ? `${recordedKey(spec)}.${suffix}` : withoutPrefix(parameterNames.ofRange(spec, i)), value)
      })
      if (bits) result.set(withoutPrefix(parameterNames.ofWidth(spec)), bits.slice(index, index + 1))
      if (signed) result.set(`${recordedKey(spec)}.signed`, signed.slice(index, index + 1))
    })
    return result
  }
}

/** The recording leaves out the wrapper's prefix, and its ReLUs do not work in place. */
const withoutPrefix = (name: string): string => name.replace(/^nncf_module\./, '').replaceAll('/relu__', '/relu_')
export const recordedKey = (spec: QuantizerSpec): string => withoutPrefix(spec.stateKey)

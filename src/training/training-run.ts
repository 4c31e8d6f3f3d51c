import { cpus } from 'node:os'
import type { QuantizerInfo, ResultRow, RunEnvironment, RunPhase } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { TrainerChannel } from '../contract/trainer-channel'
import type { TrainerSpec } from '../contract/trainer-messages'
import { inputSizeOf, type TrainingConfig } from '../contract/training-config'
import type { Dataset } from '../data/batch'
import { openDataset } from '../data/open-dataset'
import { initialValues } from '../models/initial-values'
import { buildNetwork } from '../models/registry'
import { placeQuantizers } from '../quantization/placement'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { roundWidths } from '../quantization/round-widths'
import { deviceName, probeRuntime, threadCount } from '../tensor/probe'
import { learningRate } from './learning-rate'
import { adamCorrections } from './optimizer-update'
import { loadRun, loadWeights, saveRun, type SavedRun } from './run-checkpoint'
import { type RunControl, StopRequested } from './run-control'
import { globalStep, planRun, type RunPlan, type RunPosition, type Stage } from './run-plan'
import { RunReporter } from './run-reporter'
import { type Evaluation, finishEvaluation, TrainingEngine } from './training-engine'
import { buildTrainingGraph, type TrainingGraph } from './training-graph'

/** Keeps initialisation batches apart from those of training epochs. */
const INITIALISATION_EPOCH = 1_000_003
const DEFAULT_RANGE_SAMPLES = 256
const DEFAULT_ADAPTATION_SAMPLES = 2000

interface Parts {
  readonly config: TrainingConfig
  readonly plan: RunPlan
  readonly dataset: Dataset
  readonly specs: readonly QuantizerSpec[]
  readonly built: TrainingGraph
  readonly engine: TrainingEngine
}

/** One run from start or checkpoint to its end. */
export class TrainingRun {
  private position: RunPosition = { stage: 0, epoch: 0, step: 0 }
  private initialised = false
  private rows: ResultRow[] = []
  private phase: RunPhase = 'preparing'
  private waitedMs = 0

  private constructor(
    private readonly spec: TrainerSpec,
    private readonly channel: TrainerChannel,
    private readonly control: RunControl,
    private readonly parts: Parts,
    private readonly reporter: RunReporter,
  ) {}

  /** Opens data, builds the graph, loads weights or the checkpoint, and announces the run. */
  static async prepare(spec: TrainerSpec, channel: TrainerChannel, control: RunControl): Promise<TrainingRun> {
    const { config } = spec
    const input = inputSizeOf(config)
    const limit = { ...(config.data_limit?.train === undefined ? {} : { train: config.data_limit.train }), ...(config.data_limit?.validation === undefined ? {} : { validation: config.data_limit.validation }) }
    const dataset = await openDataset({ name: config.dataset, dir: spec.dataDir, workers: spec.workers, limit, ...input })
    try {
      if (dataset.classNames.length > config.num_classes) {
        throw new StudioError('CONFIG_INVALID', `num_classes is ${String(config.num_classes)}, but the data set has ${String(dataset.classNames.length)} classes. Raise num_classes.`)
      }
      const network = buildNetwork(config, input)
      const specs = config.compression ? placeQuantizers(network, config.compression) : []
      const plan = planRun(config, dataset.train.count)
      if (plan.stepsPerEpoch === 0) {
        throw new StudioError('CONFIG_INVALID', `batch_size is ${String(config.batch_size)}, but there are only ${String(dataset.train.count)} training images. Lower batch_size.`)
      }
      const evaluationBatch = config.batch_size_val ?? config.batch_size
      const built = buildTrainingGraph({
        network,
        specs,
        batchSize: config.batch_size,
        evaluationBatchSize: evaluationBatch,
        mean: dataset.mean,
        std: dataset.std,
        floatOptimizer: plan.stages.find((stage) => stage.kind === 'float')?.optimizer ?? null,
        widthOptimizer: plan.stages.find((stage) => stage.kind === 'width')?.optimizer ?? null,
        sizeLoss: config.compression?.algorithm === 'fracbits_quantization' ? config.compression.loss : null,
        compileQuantizers: true,
      })
      const engine = new TrainingEngine(built, specs, network.input, { train: config.batch_size, evaluation: evaluationBatch })
      engine.write(new Map([...initialValues(network, config.seed), ...(config.weights && !spec.resumeFrom ? await loadWeights(config.weights, built.variables) : [])]), true)
      const reporter = new RunReporter(channel, plan.totalSteps, config.batch_size, deviceName())
      const run = new TrainingRun(spec, channel, control, { config, plan, dataset, specs, built, engine }, reporter)
      if (spec.resumeFrom) await run.restore(spec.resumeFrom)
      channel.send({ type: 'started', totalSteps: plan.totalSteps, quantizers: specs.map(describe), environment: environment() })
      reporter.log('info', `${config.model} on ${config.dataset}: ${String(dataset.train.count)} training and ${String(dataset.validation.count)} validation images, ${String(plan.totalSteps)} steps of ${String(config.batch_size)} on ${deviceName()}`)
      return run
    } catch (error) {
      await dataset.close()
      throw error
    }
  }

  /** Trains to the end. Throws StopRequested after the checkpoint when it was asked to stop. */
  async execute(): Promise<void> {
    const { plan, config } = this.parts
    try {
      if (config.weights && !config.pretraining && config.compression && this.rows.length === 0) await this.evaluateFloat('weights as loaded')
      while (this.position.stage < plan.stages.length) {
        const stage = plan.stages[this.position.stage]
        if (!stage) break
        await this.runStage(stage)
        this.position = { stage: this.position.stage + 1, epoch: 0, step: 0 }
        await this.checkpoint()
      }
      if (config.compression) await this.finishWidths()
      this.phase = 'done'
      this.report(true)
    } finally {
      await this.close()
    }
  }

  private async runStage(stage: Stage): Promise<void> {
    if (stage.kind === 'width' && !this.initialised) await this.initialiseWidths()
    if (stage.kind === 'float' && this.position.epoch === 0 && this.position.step === 0) this.parts.engine.resetOptimizer()
    for (; this.position.epoch < stage.epochs; this.position = { ...this.position, epoch: this.position.epoch + 1, step: 0 }) {
      if (stage.freezeEpoch !== null && this.position.epoch >= stage.freezeEpoch) this.freeze()
      this.setPhase(stage.kind === 'float' ? 'fp32-training' : this.isFrozen() ? 'integer-training' : 'bit-width-training')
      await this.runEpoch(stage)
      if ((this.position.epoch + 1) % this.parts.config.test_every_n_epochs === 0 || this.position.epoch + 1 === stage.epochs) {
        const evaluation = await this.evaluate(stage.kind === 'float' ? 'float' : 'integer')
        this.recordEvaluation(evaluation)
        this.reporter.log('info', `Epoch ${String(this.position.epoch + 1)} of ${String(stage.epochs)}: validation accuracy ${evaluation.top1.toFixed(2)} %, loss ${evaluation.loss.toFixed(4)}${stage.kind === 'width' ? ' (integer model)' : ''}`)
      }
    }
    if (stage.kind === 'float') await this.evaluateFloat('trained')
  }

  private async runEpoch(stage: Stage): Promise<void> {
    const { config, dataset, plan, engine } = this.parts
    const epochs = this.parts.plan.stages.slice(0, this.position.stage).reduce((sum, earlier) => sum + earlier.epochs, 0) + this.position.epoch
    const loader = dataset.trainEpoch({ batchSize: config.batch_size, seed: config.seed, epoch: epochs, startStep: this.position.step, augmentation: config.augmentation })
    try {
      for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
        const withinStage = this.position.epoch * plan.stepsPerEpoch + this.position.step
        const rate = learningRate(stage.optimizer, stage.epochs, this.position.epoch + this.position.step / plan.stepsPerEpoch)
        const step = globalStep(plan, this.position)
        const result = engine.step(stage.kind, { batch, learningRate: rate, adamCorrection: adamCorrections(stage.optimizer, withinStage + 1), seed: Int32Array.of(config.seed | 0, step) })
        batch.release()
        if (!Number.isFinite(result.crossEntropy + result.sizeLoss)) {
          throw new StudioError('DIVERGED', `The loss is no longer a number at step ${String(step)}. Lower optimizer.base_lr or compression.loss.alpha and resume from the last checkpoint.`)
        }
        this.position = { ...this.position, step: this.position.step + 1 }
        this.recordStep(step + 1, result, rate, stage.kind)
        this.report(false, this.waitedMs + loader.waitedMs)
        await this.control.betweenSteps()
        if (this.control.stopRequested) await this.stop()
        else if ((step + 1) % config.checkpoint_every_n_steps === 0) await this.checkpoint()
      }
    } finally {
      this.waitedMs += loader.waitedMs
      await loader.close()
    }
    this.report(true)
  }

  private recordStep(step: number, result: ReturnType<TrainingEngine['step']>, rate: number, kind: Stage['kind']): void {
    const { reporter } = this
    reporter.countImages(this.parts.config.batch_size)
    reporter.point('train/loss', step, result.crossEntropy + result.sizeLoss)
    reporter.point('train/ce', step, result.crossEntropy)
    reporter.point('train/top1', step, (100 * result.top1) / this.parts.config.batch_size)
    reporter.point('train/learning_rate', step, rate)
    if (kind === 'width') {
      reporter.point('train/size_loss', step, result.sizeLoss)
      reporter.point('train/rate', step, result.rate)
      reporter.bitWidths(step, result.widths)
    }
  }

  private recordEvaluation(evaluation: Evaluation): void {
    const step = globalStep(this.parts.plan, this.position)
    this.reporter.point('val/loss', step, evaluation.loss)
    this.reporter.point('val/top1', step, evaluation.top1)
    this.reporter.point('val/top5', step, evaluation.top5)
    this.report(true)
  }

  /** Ranges from training batches through the float network, then batch-norm statistics through the quantized one, then the INT8 row. */
  private async initialiseWidths(): Promise<void> {
    const { config, engine } = this.parts
    const compression = config.compression
    if (!compression) return
    this.setPhase('range-initialisation')
    const collectors = engine.createCollectors()
    await this.initialisationBatches(compression.initializer.range?.num_init_samples ?? DEFAULT_RANGE_SAMPLES, (batch) => { engine.collectExtremes(batch, collectors) })
    engine.initialiseRanges(collectors, compression.algorithm === 'quantization')
    await this.initialisationBatches(compression.initializer.batchnorm_adaptation?.num_bn_adaptation_samples ?? DEFAULT_ADAPTATION_SAMPLES, (batch) => { engine.adaptBatchNorm(batch) })
    engine.resetOptimizer()
    this.reporter.log('info', `Ranges of ${String(this.parts.specs.length)} quantizers initialised`)
    this.setPhase('int8-evaluation')
    const evaluation = await this.evaluate('integer')
    this.recordEvaluation(evaluation)
    this.addRow(row('int8', evaluation, this.size(this.parts.specs.map(() => 8)), 1, 'ranges initialised, weights not retrained'))
    this.initialised = true
    await this.checkpoint()
  }

  private async initialisationBatches(samples: number, use: (batch: Parameters<TrainingEngine['adaptBatchNorm']>[0]) => void): Promise<void> {
    const { config, dataset, plan } = this.parts
    const count = Math.min(Math.ceil(samples / config.batch_size), plan.stepsPerEpoch)
    if (count === 0) return
    const loader = dataset.trainEpoch({ batchSize: config.batch_size, seed: config.seed, epoch: INITIALISATION_EPOCH, startStep: 0, augmentation: config.augmentation })
    try {
      for (let i = 0; i < count; i++) {
        const batch = await loader.next()
        if (batch === null) break
        use(batch)
        batch.release()
        await this.control.betweenSteps()
        if (this.control.stopRequested) await this.stop()
      }
    } finally {
      await loader.close()
    }
  }

  private freeze(): void {
    const { engine, specs, config } = this.parts
    if (this.isFrozen() || config.compression?.algorithm !== 'fracbits_quantization') return
    const bits = engine.read().get('quantizers/bits') ?? new Float32Array()
    const rounded = roundWidths(bits, specs, config.compression.loss.compression_rate)
    engine.write(new Map([['quantizers/bits', Float32Array.from(rounded.widths)], ['quantizers/frozen', new Float32Array(specs.length).fill(1)]]))
    this.reporter.log('info', `Bit-widths frozen at a rate of ${rounded.rate.toFixed(3)}${rounded.lowered.length > 0 ? `; one bit taken from ${rounded.lowered.join(', ')} to meet the target` : ''}`)
  }

  private isFrozen(): boolean {
    return (this.parts.engine.read().get('quantizers/frozen')?.[0] ?? 0) > 0.5
  }

  private async finishWidths(): Promise<void> {
    const { config, engine } = this.parts
    this.freeze()
    this.setPhase('final-evaluation')
    const evaluation = await this.evaluate('integer')
    const widths = Array.from(engine.read().get('quantizers/bits') ?? [])
    const sizeBits = this.size(widths)
    const learned = config.compression?.algorithm === 'fracbits_quantization'
    this.addRow(row(learned ? 'mixed' : 'int8', evaluation, sizeBits, this.size(widths.map(() => 8)) / sizeBits, learned ? 'bit-widths learned, integer model' : 'trained at 8 bits'))
    this.channel.send({ type: 'result', result: { rows: this.rows, targetRate: learned ? (config.compression?.loss.compression_rate ?? null) : null, widths } })
    await this.checkpoint()
  }

  private async evaluateFloat(note: string): Promise<void> {
    this.setPhase('fp32-evaluation')
    const evaluation = await this.evaluate('float')
    const sizeBits = this.parts.specs.length > 0 ? this.size(this.parts.specs.map(() => 32)) : this.weightElements() * 32
    this.addRow(row('fp32', evaluation, sizeBits, 8 / 32, note))
  }

  private async evaluate(kind: 'float' | 'integer'): Promise<Evaluation> {
    const { config, dataset, engine } = this.parts
    const loader = dataset.pass({ split: 'validation', batchSize: config.batch_size_val ?? config.batch_size })
    const sums = new Float64Array(4)
    try {
      for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
        engine.evaluateBatch(kind, batch, sums)
        batch.release()
        await this.control.betweenSteps()
        if (this.control.stopRequested) await this.stop()
      }
    } finally {
      await loader.close()
    }
    return finishEvaluation(sums)
  }

  private addRow(next: ResultRow): void {
    this.rows = [...this.rows.filter(({ kind }) => kind !== next.kind), next]
    this.channel.send({ type: 'result', result: { rows: this.rows, targetRate: this.parts.config.compression?.loss.compression_rate ?? null, widths: [] } })
    this.reporter.log('info', `${next.kind.toUpperCase()}: accuracy ${next.top1.toFixed(2)} %, ${String(next.sizeBits)} bits (${next.note})`)
  }

  private size(widths: readonly number[]): number {
    return this.parts.specs.reduce((sum, spec, i) => sum + spec.elements * (widths[i] ?? 0), 0)
  }

  private weightElements(): number {
    return [...this.parts.built.variables.parameters.values()].filter(({ info }) => info.kind.endsWith('-weight')).reduce((sum, { info }) => sum + info.shape.reduce((product, length) => product * length, 1), 0)
  }

  private setPhase(phase: RunPhase): void {
    this.phase = phase
    this.report(true)
  }

  private report(force: boolean, waitedMs = this.waitedMs): void {
    const stage = this.parts.plan.stages[this.position.stage]
    const step = globalStep(this.parts.plan, this.position)
    this.reporter.tick({ phase: this.phase, epoch: this.position.epoch, epochs: stage?.epochs ?? 0, step, nativeTensors: this.parts.engine.nativeTensors, waitedMs }, force)
  }

  private async stop(): Promise<never> {
    await this.checkpoint()
    throw new StopRequested()
  }

  private async checkpoint(): Promise<void> {
    const { built, engine, config, plan } = this.parts
    this.report(true)
    const step = globalStep(plan, this.position)
    const run: SavedRun = { model: config.model, position: this.position, initialised: this.initialised, rows: this.rows, phase: this.phase, seed: config.seed }
    const written = await saveRun(this.spec.folder, step, built.variables, engine.read(), run)
    this.channel.send({ type: 'checkpoint', step, phase: this.phase, ...written })
  }

  private async restore(from: { file: string; sha256: string }): Promise<void> {
    const { state, run } = await loadRun(this.spec.folder, from, this.parts.built.variables, this.parts.config.model)
    this.parts.engine.write(state, true)
    this.position = run.position
    this.initialised = run.initialised
    this.rows = run.rows
    this.phase = run.phase
    this.reporter.log('info', `Going on at step ${String(globalStep(this.parts.plan, this.position))}`)
  }

  private async close(): Promise<void> {
    await this.parts.dataset.close()
    this.parts.engine.close()
  }
}

function row(kind: ResultRow['kind'], evaluation: Evaluation, sizeBits: number, rate: number, note: string): ResultRow {
  return { kind, top1: evaluation.top1, top5: evaluation.top5, loss: evaluation.loss, images: evaluation.images, sizeBits, rate, note }
}

const describe = (spec: QuantizerSpec): QuantizerInfo => ({ id: spec.id, layer: spec.layer, kind: spec.kind, mode: spec.mode, perChannel: spec.perChannel, elements: spec.elements, minBits: spec.minBits, maxBits: spec.maxBits })

function environment(): RunEnvironment {
  const { tensorflow, device } = probeRuntime()
  return { appVersion: process.env['FRACBITS_VERSION'] ?? '0.1.0', node: process.version, tensorflow, platform: `${process.platform} ${process.arch}`, cpu: cpus()[0]?.model ?? 'unknown', threads: threadCount(), device }
}


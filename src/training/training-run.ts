import type { ResultRow, RunPhase } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { TrainerChannel } from '../contract/trainer-channel'
import type { TrainerSpec } from '../contract/trainer-messages'
import { deviceName } from '../tensor/probe'
import { FreezeScheduler } from './freeze-scheduler'
import { learningRate } from './learning-rate'
import { loadRun, saveRun, type SavedRun } from './run-checkpoint'
import { type RunControl, StopRequested } from './run-control'
import { describeQuantizer, openRunParts, type RunParts, runEnvironment } from './run-parts'
import { evaluate, floatSizeBits, isShuffled, resultRow, sizeBits } from './run-passes'
import { globalStep, type RunPosition, type Stage } from './run-plan'
import { RunReporter } from './run-reporter'
import type { Evaluation, EvaluationKind } from './training-engine'
import { areWidthsFrozen, freezeWidths, initialiseWidths, integerWidths, unfreezeWidths } from './width-stage'

const FLOAT_RATE = 8 / 32

/** One run from start or checkpoint to its end. */
export class TrainingRun {
  private position: RunPosition = { stage: 0, epoch: 0, step: 0 }
  private initialised = false
  private rows: ResultRow[] = []
  private phase: RunPhase = 'preparing'
  private waitedMs = 0
  /** Validation accuracy of the stage's finished epochs, null where it was not measured. */
  private accuracies: (number | null)[] = []
  private readonly freezing: FreezeScheduler

  private constructor(
    private readonly folder: string,
    private readonly channel: TrainerChannel,
    private readonly control: RunControl,
    private readonly parts: RunParts,
    private readonly reporter: RunReporter,
  ) {
    const width = parts.plan.stages.find(({ kind }) => kind === 'width')
    this.freezing = new FreezeScheduler(width?.freezeEpoch ?? null, parts.switches)
  }

  /** Opens everything, goes to the checkpoint if there is one, and announces the run. */
  static async prepare(spec: TrainerSpec, channel: TrainerChannel, control: RunControl): Promise<TrainingRun> {
    const parts = await openRunParts(spec)
    const { config, dataset, plan, specs } = parts
    try {
      const reporter = new RunReporter(channel, plan.totalSteps, config.batch_size, deviceName())
      const run = new TrainingRun(spec.folder, channel, control, parts, reporter)
      if (spec.resumeFrom) await run.restore(spec.resumeFrom)
      channel.send({ type: 'started', totalSteps: plan.totalSteps, quantizers: specs.map(describeQuantizer), environment: runEnvironment() })
      const images = `${String(dataset.train.count)} training and ${String(dataset.validation.count)} validation images`
      reporter.log('info', `${config.model} on ${config.dataset}: ${images}, ${String(plan.totalSteps)} steps of ${String(config.batch_size)} on ${deviceName()}`)
      return run
    } catch (error) {
      await parts.close()
      throw error
    }
  }

  /** Trains to the end. Throws StopRequested after the checkpoint when it was asked to stop. */
  async execute(): Promise<void> {
    const { plan, config } = this.parts
    try {
      if (config.weights && !config.pretraining && config.compression && this.rows.length === 0) await this.evaluateFloat('weights as loaded')
      for (let stage = plan.stages[this.position.stage]; stage !== undefined; stage = plan.stages[this.position.stage]) {
        await this.runStage(stage)
        this.position = { stage: this.position.stage + 1, epoch: 0, step: 0 }
        this.accuracies = []
        await this.checkpoint()
      }
      if (config.compression) await this.finishWidths()
      this.setPhase('done')
    } finally {
      await this.parts.close()
    }
  }

  private async runStage(stage: Stage): Promise<void> {
    const { epochs, kind } = stage
    if (kind === 'width' && !this.initialised) await this.initialise()
    if (kind === 'float' && this.position.epoch === 0 && this.position.step === 0) this.parts.engine.resetOptimizer()
    while (this.position.epoch < epochs) {
      if (kind === 'width' && this.freezing.enterEpoch(this.position.epoch)) this.reporter.log('info', freezeWidths(this.parts))
      this.setPhase(kind === 'float' ? 'fp32-training' : areWidthsFrozen(this.parts) ? 'integer-training' : 'bit-width-training')
      await this.runEpoch(stage)
      const epoch = this.position.epoch + 1
      const measured = epoch % this.parts.config.test_every_n_epochs === 0 || epoch === epochs
      this.accuracies.push(measured ? await this.validate(stage, epoch) : null)
      this.position = { ...this.position, epoch, step: 0 }
      await this.checkpoint()
    }
    if (kind === 'float') await this.evaluateFloat('trained')
  }

  /** Accuracy in percent. */
  private async validate({ kind, epochs }: Stage, epoch: number): Promise<number> {
    const evaluation = await this.evaluate(kind === 'float' ? 'float' : this.trainedKind)
    this.recordEvaluation(evaluation)
    if (kind === 'width' && this.learned) await this.recordFractional(evaluation)
    const model = kind === 'float' ? '' : this.trainedKind === 'integer' ? ' (integer model)' : ' (widths as trained)'
    this.reporter.log('info', `Epoch ${String(epoch)} of ${String(epochs)}: validation accuracy ${evaluation.top1.toFixed(2)} %, loss ${evaluation.loss.toFixed(4)}${model}`)
    return evaluation.top1
  }

  private async runEpoch(stage: Stage): Promise<void> {
    const { config, dataset, plan, engine, switches } = this.parts
    const epoch = plan.stages.slice(0, this.position.stage).reduce((sum, earlier) => sum + earlier.epochs, 0) + this.position.epoch
    const loader = dataset.trainEpoch({ batchSize: config.batch_size, seed: config.seed ?? 0, epoch, startStep: this.position.step, augmentation: config.augmentation, shuffled: isShuffled(this.parts) })
    try {
      for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
        const schedule = { decayOneEpochLate: switches.decayOneEpochLate, accuracies: this.accuracies }
        const rate = learningRate(stage.optimizer, stage.epochs, this.position.epoch + this.position.step / plan.stepsPerEpoch, schedule)
        const step = globalStep(plan, this.position)
        const stageStep = this.position.epoch * plan.stepsPerEpoch + this.position.step + 1
        const result = engine.step(stage.kind, { batch, learningRate: rate, stageStep, seed: Int32Array.of((config.seed ?? 0) | 0, step) })
        batch.release()
        if (!Number.isFinite(result.crossEntropy + result.sizeLoss)) throw diverged(step)
        this.position = { ...this.position, step: this.position.step + 1 }
        this.recordStep(step + 1, result, rate, stage.kind)
        this.report(false, this.waitedMs + loader.waitedMs)
        await this.betweenSteps()
        if ((step + 1) % config.checkpoint_every_n_steps === 0) await this.checkpoint()
      }
    } finally {
      this.waitedMs += loader.waitedMs
      await loader.close()
    }
    this.report(true)
  }

  private recordStep(step: number, result: ReturnType<RunParts['engine']['step']>, rate: number, kind: Stage['kind']): void {
    const { reporter } = this
    reporter.countImages(this.parts.config.batch_size)
    reporter.point('train/loss', step, result.crossEntropy + result.sizeLoss)
    reporter.point('train/ce', step, result.crossEntropy)
    reporter.point('train/top1', step, (100 * result.top1) / this.parts.config.batch_size)
    reporter.point('train/learning_rate', step, rate)
    if (kind === 'float') return
    reporter.point('train/size_loss', step, result.sizeLoss)
    reporter.point('train/rate', step, result.rate)
    reporter.bitWidths(step, result.widths)
  }

  private recordEvaluation(evaluation: Evaluation): void {
    const step = globalStep(this.parts.plan, this.position)
    this.reporter.point('val/loss', step, evaluation.loss)
    this.reporter.point('val/top1', step, evaluation.top1)
    this.reporter.point('val/top5', step, evaluation.top5)
    this.report(true)
  }

  /** The model with bit-widths as they train beside the integer one; both are the same once they are frozen. */
  private async recordFractional(evaluation: Evaluation): Promise<void> {
    const isSame = areWidthsFrozen(this.parts) || this.trainedKind === 'fractional'
    const { loss, top1 } = isSame ? evaluation : await this.evaluate('fractional')
    const step = globalStep(this.parts.plan, this.position)
    this.reporter.point('val/fractional_loss', step, loss)
    this.reporter.point('val/fractional_top1', step, top1)
    this.report(true)
  }

  private async initialise(): Promise<void> {
    const { specs } = this.parts
    this.setPhase('range-initialisation')
    await initialiseWidths(this.parts, () => this.betweenSteps())
    this.reporter.log('info', `Ranges of ${String(specs.length)} quantizers initialised`)
    this.setPhase('int8-evaluation')
    const evaluation = await this.evaluate('integer')
    this.recordEvaluation(evaluation)
    this.addRow(resultRow('int8', evaluation, { bits: sizeBits(this.parts, specs.map((spec) => spec.initialBits)), rate: 1 }, 'ranges initialised, weights not retrained'))
    this.initialised = true
    await this.checkpoint()
  }

  /** The last row. Widths that never froze do so now, unless the run is evaluated as it trained. */
  private async finishWidths(): Promise<void> {
    const asTrained = this.trainedKind === 'fractional'
    if (this.learned && !asTrained && !areWidthsFrozen(this.parts)) this.reporter.log('info', freezeWidths(this.parts))
    const fractional = !areWidthsFrozen(this.parts)
    this.setPhase('final-evaluation')
    const evaluation = await this.evaluate(this.trainedKind)
    const widths = [...integerWidths(this.parts).widths]
    const bits = sizeBits(this.parts, widths)
    const size = { bits, rate: sizeBits(this.parts, widths.map(() => 8)) / bits }
    const note = !this.learned ? 'trained at 8 bits' : fractional ? 'bit-widths learned; accuracy with fractional, size with rounded widths' : 'bit-widths learned, integer model'
    this.addRow(resultRow(this.learned ? 'mixed' : 'int8', evaluation, size, note), widths)
    await this.checkpoint()
  }

  private async evaluateFloat(note: string): Promise<void> {
    this.setPhase('fp32-evaluation')
    this.addRow(resultRow('fp32', await this.evaluate('float'), { bits: floatSizeBits(this.parts), rate: FLOAT_RATE }, note))
  }

  private get learned(): boolean {
    return this.parts.config.compression?.algorithm === 'fracbits_quantization'
  }

  /** How the model that trains is evaluated: the original takes widths as they train, fractional unless they are frozen. */
  private get trainedKind(): EvaluationKind {
    return this.learned && this.parts.switches.evaluatesFractional ? 'fractional' : 'integer'
  }

  private evaluate(kind: EvaluationKind): Promise<Evaluation> {
    return evaluate(this.parts, kind, () => this.betweenSteps())
  }

  private addRow(row: ResultRow, widths: readonly number[] = []): void {
    const { compression } = this.parts.config
    const targetRate = compression?.algorithm === 'fracbits_quantization' ? compression.loss.compression_rate : null
    this.rows = [...this.rows.filter(({ kind }) => kind !== row.kind), row]
    this.channel.send({ type: 'result', result: { rows: this.rows, targetRate, widths: [...widths] } })
    this.reporter.log('info', `${row.kind.toUpperCase()}: accuracy ${row.top1.toFixed(2)} %, ${String(row.sizeBits)} bits (${row.note})`)
  }

  private setPhase(phase: RunPhase): void {
    this.phase = phase
    this.report(true)
  }

  private report(force: boolean, waitedMs = this.waitedMs): void {
    const { plan, engine } = this.parts
    const epochs = plan.stages[this.position.stage]?.epochs ?? 0
    const { phase, position } = this
    this.reporter.tick({ phase, epoch: position.epoch, epochs, step: globalStep(plan, position), nativeTensors: engine.nativeTensors, waitedMs }, force)
  }

  /** Lets commands in; leaves the run with a checkpoint when it was asked to stop. */
  private async betweenSteps(): Promise<void> {
    await this.control.betweenSteps()
    if (!this.control.stopRequested) return
    await this.checkpoint()
    throw new StopRequested()
  }

  private async checkpoint(): Promise<void> {
    const { built, engine, config, plan } = this.parts
    this.report(true)
    const { position, initialised, rows, phase } = this
    const step = globalStep(plan, position)
    const run: SavedRun = { model: config.model, position, initialised, rows, phase, accuracies: this.accuracies, seed: config.seed ?? 0 }
    this.channel.send({ type: 'checkpoint', step, phase, ...(await saveRun(this.folder, step, built.variables, engine.read(), run)) })
  }

  private async restore(from: { file: string; sha256: string }): Promise<void> {
    const { state, run } = await loadRun(this.folder, from, this.parts.built.variables, this.parts.config.model)
    this.parts.engine.write(state, true)
    this.position = run.position
    this.initialised = run.initialised
    this.rows = run.rows
    this.phase = run.phase
    this.accuracies = run.accuracies
    this.freezing.restore(run.position.epoch, areWidthsFrozen(this.parts))
    if (this.learned && !this.freezing.isFrozen) unfreezeWidths(this.parts)
    this.reporter.log('info', `Going on at step ${String(globalStep(this.parts.plan, this.position))}`)
  }
}

function diverged(step: number): StudioError {
  const remedy = 'Lower optimizer.base_lr or compression.loss.alpha and resume from the last checkpoint.'
  return new StudioError('DIVERGED', `The loss is no longer a number at step ${String(step)}. ${remedy}`)
}

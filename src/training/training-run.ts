import { modesOf } from '../contract/training-config'
import { FreezeScheduler } from './freeze-scheduler'
import { ResultTable } from './result-table'
import type { SavedRun } from './run-checkpoint'
import type { RunJournal } from './run-journal'
import { rateNote } from './run-notes'
import type { RunParts } from './run-parts'
import { isLearned } from './run-passes'
import type { Stage } from './run-plan'
import type { EngineState } from './training-engine'
import { trainEpoch } from './training-epoch'
import { areWidthsFrozen, freezeNote, freezeWidths, initialiseWidths, quantizerStateOf, unfreezeWidths } from './width-stage'

/** One run from where its journal stands to its end: stages, their epochs, and what comes between them. */
export class TrainingRun {
  private readonly parts: RunParts
  private readonly table: ResultTable
  private readonly freezing: FreezeScheduler

  constructor(private readonly journal: RunJournal) {
    this.parts = journal.tools.parts
    this.table = new ResultTable(journal)
    const width = this.parts.plan.stages.find(({ kind }) => kind === 'width')
    this.freezing = new FreezeScheduler(width?.freezeEpoch ?? null, this.parts.switches)
  }

  /** Goes to where a saved run was. */
  restore(state: EngineState, run: SavedRun): void {
    this.parts.engine.write(state, true)
    // A checkpoint of another program knows nothing of oscillations.
    if (![...this.parts.built.variables.oscillations.values()].every(({ name }) => state.has(name))) this.parts.engine.restartOscillations()
    this.journal.goTo(run)
    this.freezing.restore(run.position.epoch, areWidthsFrozen(this.parts))
    if (isLearned(this.parts) && !this.freezing.isFrozen) unfreezeWidths(this.parts)
  }

  /** Goes to the end, and closes everything. Throws StopRequested after the checkpoint when it was asked to stop. */
  async execute(): Promise<void> {
    const { config } = this.parts
    const { output } = this.journal.tools
    const modes = modesOf(config)
    try {
      await output.begin()
      if (modes.has('train')) await this.train()
      else await this.test()
      if (modes.has('test')) await output.dumpAccuracy(this.journal.rows.at(-1)?.top1 ?? 0)
      this.journal.setPhase('done')
    } finally {
      await output.close()
      await this.parts.close()
    }
  }

  private async train(): Promise<void> {
    const { config } = this.parts
    const { journal, table } = this
    if (config.weights !== undefined && !config.pretraining && config.compression && journal.rows.length === 0) await table.addFloat('weights as loaded')
    for (let { stage } = journal; stage !== undefined; { stage } = journal) {
      await this.runStage(stage)
      journal.nextStage()
      await journal.checkpoint()
    }
    if (config.compression) await table.addFinal()
  }

  /** Evaluates what was given, without training: a checkpoint, or weights at their initial widths. */
  private async test(): Promise<void> {
    if (!this.parts.config.compression) return this.table.addFloat('as loaded')
    if (this.journal.initialised) {
      await this.describeQuantizers('As loaded')
      return this.table.addFinal()
    }
    await this.table.addFloat('weights as loaded')
    await this.initialise()
  }

  private async runStage(stage: Stage): Promise<void> {
    const { journal, parts } = this
    const { kind, epochs } = stage
    const begins = journal.position.epoch === 0 && journal.position.step === 0
    if (kind === 'width' && !journal.initialised) await this.initialise()
    else if (kind === 'width') await this.describeQuantizers('As loaded')
    if (kind === 'float' && begins) parts.engine.resetOptimizer()
    while (journal.position.epoch < epochs) {
      if (kind === 'width' && this.freezing.enterEpoch(journal.position.epoch)) await this.freeze()
      journal.setPhase(kind === 'float' ? 'fp32-training' : areWidthsFrozen(parts) ? 'integer-training' : 'bit-width-training')
      await trainEpoch(journal, stage)
      await this.finishEpoch(stage)
    }
    if (kind === 'float') await this.table.addFloat('trained')
  }

  /** Validates where it is due, and saves. */
  private async finishEpoch(stage: Stage): Promise<void> {
    const { journal, parts } = this
    const { output } = journal.tools
    const epoch = journal.position.epoch + 1
    const overall = journal.epochOfRun
    const measured = epoch % parts.config.test_every_n_epochs === 0 || epoch === stage.epochs
    journal.accuracies = [...journal.accuracies, measured ? await this.validate(stage, epoch) : null]
    journal.position = { ...journal.position, epoch, step: 0 }
    const file = await journal.checkpoint()
    const quantizers = stage.kind === 'float' ? null : quantizerStateOf(parts)
    if (quantizers !== null) journal.say(rateNote(parts.specs, quantizers.widths))
    await output.epochEnded({ epoch: overall, checkpoint: file, accuracies: journal.accuracies, quantizers })
  }

  /** Accuracy in percent. */
  private async validate({ kind, epochs }: Stage, epoch: number): Promise<number> {
    const { journal, table } = this
    const evaluation = await table.measure(kind === 'float' ? 'float' : table.trainedKind)
    journal.tools.output.validated(journal.epochOfRun, evaluation)
    if (kind === 'width' && isLearned(this.parts)) await table.recordFractional(evaluation)
    const model = kind === 'float' ? '' : table.trainedKind === 'integer' ? ' (integer model)' : ' (widths as trained)'
    journal.say(`Epoch ${epoch} of ${epochs}: validation accuracy ${evaluation.top1.toFixed(2)} %, loss ${evaluation.loss.toFixed(4)}${model}`)
    return evaluation.top1
  }

  private async initialise(): Promise<void> {
    const { journal, parts } = this
    journal.setPhase('range-initialisation')
    await initialiseWidths(parts, () => journal.betweenSteps())
    journal.say(`Ranges of ${parts.specs.length} quantizers initialised`)
    await this.describeQuantizers('Initialised')
    await this.table.addInitialised()
    journal.initialised = true
    await journal.checkpoint()
  }

  private async freeze(): Promise<void> {
    const { journal, parts } = this
    journal.budget = await freezeWidths(parts, () => journal.betweenSteps())
    journal.say(freezeNote(parts, journal.budget))
  }

  private describeQuantizers(title: string): Promise<void> {
    return this.journal.tools.output.statistics(title, quantizerStateOf(this.parts))
  }
}

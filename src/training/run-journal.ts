import type { BudgetOutcome, ResultRow, RunPhase } from '../contract/entities'
import type { TrainerChannel } from '../contract/trainer-channel'
import { saveRun, type SavedRun } from './run-checkpoint'
import { type RunControl, StopRequested } from './run-control'
import type { RunOutput } from './run-output'
import type { RunParts } from './run-parts'
import { globalStep, type RunPosition, type Stage } from './run-plan'
import type { RunReporter } from './run-reporter'

export interface JournalTools {
  /** The run's own folder. */
  readonly folder: string
  readonly channel: TrainerChannel
  readonly control: RunControl
  readonly parts: RunParts
  readonly reporter: RunReporter
  readonly output: RunOutput
}

/** Where a run stands: what it reports, saves, and goes on from. */
export class RunJournal {
  position: RunPosition = { stage: 0, epoch: 0, step: 0 }
  /** Ranges of the width stage are set. */
  initialised = false
  phase: RunPhase = 'preparing'
  rows: readonly ResultRow[] = []
  /** What the integer widths cost, once they were rounded. */
  budget: BudgetOutcome | null = null
  /** Validation accuracy of the stage's finished epochs, null where it was not measured. */
  accuracies: readonly (number | null)[] = []
  /** Milliseconds that finished epochs have waited for images. */
  waitedMs = 0

  constructor(readonly tools: JournalTools) {}

  /** The stage it is in; none when all are done. */
  get stage(): Stage | undefined {
    return this.tools.parts.plan.stages[this.position.stage]
  }

  /** Training steps taken so far. */
  get step(): number {
    return globalStep(this.tools.parts.plan, this.position)
  }

  /** Zero-based, over all stages. */
  get epochOfRun(): number {
    const { stages } = this.tools.parts.plan
    return stages.slice(0, this.position.stage).reduce((sum, { epochs }) => sum + epochs, 0) + this.position.epoch
  }

  say(message: string, level: 'info' | 'warning' = 'info'): void {
    this.tools.reporter.log(level, message)
  }

  setPhase(phase: RunPhase): void {
    this.phase = phase
    this.report(true)
  }

  report(force: boolean, waitedMs = this.waitedMs): void {
    const { phase, position, step } = this
    const { reporter, parts } = this.tools
    reporter.tick({ phase, epoch: position.epoch, epochs: this.stage?.epochs ?? 0, step, nativeTensors: parts.engine.nativeTensors, waitedMs }, force)
  }

  /** Lets commands in; leaves the run with a checkpoint when it was asked to stop. */
  async betweenSteps(): Promise<void> {
    const { control } = this.tools
    await control.betweenSteps()
    if (!control.stopRequested) return
    await this.checkpoint()
    throw new StopRequested()
  }

  /** Saves everything; the file's path. */
  async checkpoint(): Promise<string> {
    const { parts, channel, folder } = this.tools
    this.report(true)
    const { position, initialised, phase, step } = this
    const seed = parts.config.seed ?? 0
    const run: SavedRun = { model: parts.config.model, position, initialised, rows: [...this.rows], budget: this.budget, phase, accuracies: [...this.accuracies], seed }
    const saved = await saveRun(folder, step, parts.built.variables, parts.engine.read(), run)
    const { path, ...event } = saved
    channel.send({ type: 'checkpoint', step, phase, ...event })
    return path
  }

  /** Goes to where a saved run was. */
  goTo({ position, initialised, rows, budget, phase, accuracies }: SavedRun): void {
    this.position = position
    this.initialised = initialised
    this.rows = rows
    this.budget = budget
    this.phase = phase
    this.accuracies = accuracies
  }

  nextStage(): void {
    this.position = { stage: this.position.stage + 1, epoch: 0, step: 0 }
    this.accuracies = []
  }
}

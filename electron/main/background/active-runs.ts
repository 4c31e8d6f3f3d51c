import type { RunEvent } from '../../../src/contract/api'
import type { RunStatus, RunSummary } from '../../../src/contract/entities'

/** Statuses in which closing the app would end a trainer's work. */
export const ACTIVE: readonly RunStatus[] = ['starting', 'running', 'paused', 'stopping']

export interface ActiveRun {
  readonly id: string
  /** Empty until it is known. */
  readonly name: string
  readonly status: RunStatus
  readonly step: number
  readonly totalSteps: number
  /** A job of a cluster, which goes on when the application closes. */
  readonly isElsewhere: boolean
}

/** Which runs are being trained and how far they are, kept up to date by events. */
export class ActiveRuns {
  private readonly runs = new Map<string, ActiveRun>()

  get all(): readonly ActiveRun[] {
    return [...this.runs.values()]
  }

  /** Those that end with the application. */
  get here(): readonly ActiveRun[] {
    return this.all.filter(({ isElsewhere }) => !isElsewhere)
  }

  /** Share of the steps of all runs that are done, 0..1; null where none is active or no steps are known. */
  get share(): number | null {
    const total = this.all.reduce((sum, { totalSteps }) => sum + totalSteps, 0)
    return total === 0 ? null : this.all.reduce((sum, { step }) => sum + step, 0) / total
  }

  /** True while all of them wait. */
  get isPaused(): boolean {
    return this.runs.size > 0 && this.all.every(({ status }) => status === 'paused')
  }

  clear(): void {
    this.runs.clear()
  }

  put({ slurm, ...run }: Pick<RunSummary, Exclude<keyof ActiveRun, 'isElsewhere'> | 'slurm'>): void {
    this.keep({ ...run, isElsewhere: slurm !== null && slurm !== undefined })
  }

  private keep({ id, name, status, step, totalSteps, isElsewhere }: ActiveRun): void {
    if (ACTIVE.includes(status)) this.runs.set(id, { id, name, status, step, totalSteps, isElsewhere })
    else this.runs.delete(id)
  }

  /** True where the event changed something. */
  hear(event: RunEvent): boolean {
    const known = this.runs.get(event.runId)
    if (event.type === 'status') {
      this.keep({ ...(known ?? { name: '', step: 0, totalSteps: 0, isElsewhere: false }), id: event.runId, status: event.status })
      return known !== undefined || this.runs.has(event.runId)
    }
    if (event.type !== 'progress' || known === undefined) return false
    this.keep({ ...known, step: event.progress.step, totalSteps: event.progress.totalSteps })
    return true
  }
}

import type { Job, JobAnswer } from './exports'
import type { ProbeAnswer } from './probe-answer'
import type { RuntimeRef } from './runtimes'
import type { TrainerCommand, TrainerEvent, TrainerSpec } from './trainer-messages'

/** A trainer's end of its line to the engine. */
export interface TrainerChannel {
  send(event: TrainerEvent): void
  onCommand(listener: (command: TrainerCommand) => void): void
}

/** Why a trainer's process is gone. */
export interface TrainerExit {
  readonly code: number | null
  readonly signal: string | null
  /** Last lines it wrote to stderr. */
  readonly tail: string
}

/** The engine's end: one live trainer process. */
export interface TrainerHandle {
  readonly pid: number | null
  send(command: TrainerCommand): void
  onEvent(listener: (event: TrainerEvent) => void): void
  /** Resolves once the process is gone, in whatever way. */
  readonly exited: Promise<TrainerExit>
  /** Ends the process without asking it. */
  kill(): void
}

/** Starts trainer processes: Electron's utility process, a forked Node process, or in this process for tests. */
export interface TrainerHost {
  /** Starts a process and sends it `start` with the spec. */
  start(spec: TrainerSpec): TrainerHandle
  /** Runs a short-lived process that loads a runtime (null: the built-in one) and says what it found; rejects with RUNTIME_MISSING. */
  probe(runtime: RuntimeRef | null): Promise<ProbeAnswer>
  /** Gives one job to a process of its own and waits for its answer; rejects with TRAINER_GONE where it ended without one. */
  job(job: Job): Promise<Exclude<JobAnswer, { kind: 'failed' }>>
}

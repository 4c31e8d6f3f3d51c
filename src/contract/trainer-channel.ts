import type { Job, JobAnswer } from './exports'
import type { SlurmSection } from './training-config'
import type { SlurmJob, SlurmOffer, SlurmRecord } from './slurm'
import type { ProbeAnswer } from './probe-answer'
import type { RuntimeRef } from './runtimes'
import type { ResumedAt, TrainerCommand, TrainerEvent, TrainerSpec } from './trainer-messages'

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
  /** It was ended, where it ran, because it had stopped answering and computing. */
  readonly hangs?: boolean
  /** What the place where it ran says of its end, where that knows more than the process: a time limit, a lost node. */
  readonly said?: { readonly status: 'failed' | 'interrupted' | 'stopped'; readonly reason: string }
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
  /** Set where the trainer is a job of a cluster; it lives on when the engine goes. */
  readonly cluster?: ClusterSide
}

/** What else there is to a trainer that is a job of a cluster. */
export interface ClusterSide {
  readonly job: SlurmJob
  onJob(listener: (job: SlurmJob) => void): void
  /** To be stored together with what the last event said: reading goes on behind it. */
  record(): SlurmRecord
  /** Time of the event that is being delivered: milliseconds since 1970 by the node's clock. */
  now(): number
  /** Why nothing can be learned of the job at the moment, in a sentence, or null. */
  readonly silence: string | null
  onSilence(listener: (sentence: string | null) => void): void
  /** Resolves when what the job wrote so far was delivered and Slurm says that it is not over; `exited` comes first where it is. */
  readonly caughtUp: Promise<void>
  /**
   * Listens no longer and lets the job go on; no listener is called any more, and `exited` stays open. Resolves when commands that were sent have
   * reached the job's folder or Slurm.
   */
  detach(): Promise<void>
  /** Removes what the job wrote once all of it is stored: it can be much. */
  discard(): Promise<void>
}

/** A cluster on which runs can be jobs. */
export interface ClusterHost {
  offer(): Promise<SlurmOffer>
  /** Submits a job for the run. What sbatch refuses comes as the end of the trainer. */
  submit(spec: TrainerSpec, options: SlurmSection, from: ResumedAt, submission: number): TrainerHandle
  /** Goes on with a job that an earlier engine submitted. */
  attach(run: { readonly id: string; readonly folder: string }, record: SlurmRecord): TrainerHandle
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

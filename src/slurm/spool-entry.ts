import { join } from 'node:path'
import { z } from 'zod'
import { RunPhase } from '../contract/entities'
import { ResumedAt, TrainerEvent, TrainerSpec } from '../contract/trainer-messages'

const at = z.number()

/** One line of what a job tells; `at` is the node's clock in milliseconds since 1970. */
export const SpoolEntry = z.discriminatedUnion('kind', [
  /** The job has begun, or begun again: `resumed` says where it goes on, null at its first start. */
  z.object({ kind: z.literal('life'), at, id: z.string(), node: z.string(), restarts: z.int().min(0), resumed: ResumedAt.nullable() }),
  z.object({ kind: z.literal('event'), at, event: TrainerEvent }),
  /** Slurm asked the job to end; the trainer has written a checkpoint and is gone. */
  z.object({ kind: z.literal('left'), at }),
  /** The trainer is gone without a last word; `hangs`: it was ended because it had stopped answering and computing. */
  z.object({ kind: z.literal('exit'), at, code: z.int().nullable(), signal: z.string().nullable(), tail: z.string(), hangs: z.boolean() }),
])
export type SpoolEntry = z.infer<typeof SpoolEntry>

/** What a job is given: the first start's orders, and the step that they go on from. */
export const JobOrders = z.object({ spec: TrainerSpec, from: z.object({ step: z.int().nullable(), phase: RunPhase }) })
export type JobOrders = z.infer<typeof JobOrders>

/** The files through which the engine and a job speak. */
export interface JobFiles {
  readonly folder: string
  readonly orders: string
  /** Written by the job alone: one {@link SpoolEntry} a line. */
  readonly events: string
  /** The few entries of `events` that a job needs when it is started again: its starts, its checkpoints, its end. */
  readonly marks: string
  /** Written by the engine alone: one command of the trainer contract a line. */
  readonly commands: string
  readonly script: string
  /** What the job's processes print. */
  readonly output: string
}

/** Each submission of a run has its own folder, so that no job ever reads another's commands. */
export function jobFiles(runFolder: string, submission: number): JobFiles {
  return filesIn(join(runFolder, 'slurm', String(submission)))
}

export const filesIn = (folder: string): JobFiles => ({
  folder,
  orders: join(folder, 'orders.json'),
  events: join(folder, 'events.ndjson'),
  marks: join(folder, 'marks.ndjson'),
  commands: join(folder, 'commands.ndjson'),
  script: join(folder, 'job.sh'),
  output: join(folder, 'output.txt'),
})

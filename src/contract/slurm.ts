import { z } from 'zod'

/** A run's job on a Slurm cluster, as Slurm last told. */
export const SlurmJob = z.object({
  /** Null until sbatch has answered. */
  jobId: z.string().nullable(),
  /** Slurm's own word, such as `PENDING` or `RUNNING`; `UNSUBMITTED` before there is a job, `ENDED` once the run has said its last word. */
  state: z.string(),
  /** Why it waits, in Slurm's word, such as `Resources`. */
  reason: z.string().nullable(),
  /** Where it runs, or ran last. */
  node: z.string().nullable(),
  /** How often Slurm put it back into its queue and started it again. */
  restarts: z.int().min(0),
})
export type SlurmJob = z.infer<typeof SlurmJob>

/** What is stored of a run on a cluster: its job, and how far the engine has read what the job wrote. */
export const SlurmRecord = z.object({
  /** Counts the jobs that were submitted for this run; each has a folder of its own. 0: none yet. */
  submission: z.int().min(0),
  job: SlurmJob,
  /** Byte behind the last entry that is recorded, and the time of that entry: milliseconds since 1970 by the node's clock. */
  offset: z.int().min(0),
  at: z.number(),
})
export type SlurmRecord = z.infer<typeof SlurmRecord>

export const UNSUBMITTED: SlurmRecord = {
  submission: 0,
  job: { jobId: null, state: 'UNSUBMITTED', reason: null, node: null, restarts: 0 },
  offset: 0,
  at: 0,
}

export const SlurmPartition = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  up: z.boolean(),
  /** As Slurm writes it: `infinite`, `1-00:00:00`. */
  timeLimit: z.string(),
  nodes: z.int(),
  cpusPerNode: z.string(),
  memoryMbPerNode: z.string(),
  /** GPUs and the like, such as `gpu:a100:4`; null where there are none. */
  gres: z.string().nullable(),
})
export type SlurmPartition = z.infer<typeof SlurmPartition>

/** Whether this machine can submit jobs, and what the cluster offers. */
export const SlurmOffer = z.object({
  /** sbatch is there and the cluster answers. */
  available: z.boolean(),
  version: z.string().nullable(),
  partitions: z.array(SlurmPartition),
  /** For the person: what was found, or what is missing. */
  sentence: z.string(),
})
export type SlurmOffer = z.infer<typeof SlurmOffer>

/** How a job stands, in words: `Slurm job 12, pending: Resources`. Of one that has ended, only what it was. */
export function slurmWords({ jobId, state, reason, node, restarts }: SlurmJob): string {
  const name = jobId === null ? 'Slurm' : `Slurm job ${jobId}`
  const again = restarts === 0 ? '' : `, started again ${restarts === 1 ? 'once' : `${String(restarts)} times`}`
  if (state === 'UNSUBMITTED') return `${name}, not submitted yet`
  if (state === 'PENDING') return `${name}, pending${reason === null ? '' : `: ${reason}`}${again}`
  if (state === 'ENDED' || state === 'COMPLETED') return `${name}${node === null ? '' : ` on node ${node}`}${again}`
  return `${name}, ${state.toLowerCase().replaceAll('_', ' ')}${node === null ? '' : ` on node ${node}`}${again}`
}

import type { TrainerExit } from '../contract/trainer-channel'
import type { JobState } from './slurm-commands'

const KEPT = 'Everything recorded so far is kept; Resume goes on from the last checkpoint.'

/** States in which a job is over for good, by squeue and sacct. */
const OVER = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
  'LAUNCH_FAILED',
  'RECONFIG_FAIL',
])

export const isOver = (state: string): boolean => OVER.has(state)

/** Slurm asks for nothing to be done about these: waiting, running, or between the two. */
export const isWaiting = (state: string): boolean =>
  ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'].includes(state)

const SENTENCES: Readonly<Record<string, (where: string) => string>> = {
  TIMEOUT: (where) =>
    `${where} reached its time limit and was ended by Slurm: give a longer one (time_limit of the section slurm), or resume as often as it takes. ${KEPT}`,
  DEADLINE: (where) => `${where} reached its deadline and was ended by Slurm. ${KEPT}`,
  OUT_OF_MEMORY: (where) =>
    `${where} used more memory than it had asked for and was ended: raise memory_gb of the section slurm, or choose a smaller batch_size. ${KEPT}`,
  NODE_FAIL: (where) => `${where} was lost because its node failed. ${KEPT}`,
  BOOT_FAIL: (where) => `${where} could not begin because its node did not start. Resume submits it again.`,
  PREEMPTED: (where) => `${where} had to give way to another one, and the cluster does not put such jobs back into its queue. ${KEPT}`,
  CANCELLED: (where) => `${where} was cancelled, but not from here. ${KEPT}`,
}

/** What Slurm knows better than the process: null where the trainer's own exit says more. */
export function slurmSays(jobId: string, { state, reason, node }: JobState, hasBegun: boolean): TrainerExit['said'] | null {
  const where = `Slurm job ${jobId}${node === null ? '' : ` on node ${node}`}`
  const sentence = SENTENCES[state]
  if (sentence !== undefined) return { status: 'interrupted', reason: sentence(where) }
  if (hasBegun) return null
  const why = reason === null ? state : `${state}, ${reason}`
  return { status: 'failed', reason: `${where} ended before the training process began (${why}). What it printed is in the run's log.` }
}

/** A job of which neither the controller nor the accounting knows anything. */
export const forgotten = (jobId: string): NonNullable<TrainerExit['said']> => ({
  status: 'interrupted',
  reason: `Slurm does not know its job ${jobId} any more, and the job has not said how it ended. ${KEPT}`,
})

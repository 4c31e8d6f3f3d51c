import type { Logger } from '../util/logger'
import type { JobState, SlurmCommands } from './slurm-commands'

/** What is told about a job: its state, null where Slurm has forgotten it, or why Slurm could not be asked. */
export type JobNews = { readonly state: JobState | null } | { readonly problem: string }

export interface JobWatch {
  /** Calls the listener with every answer until the returned function is called. */
  watch(jobId: string, listener: (news: JobNews) => void): () => void
  /** Asks at once instead of at the next turn. */
  askNow(): void
}

/** Asks for the states of all jobs in one call, again and again, as long as any is watched: a controller is shared by everybody on the cluster. */
export function createJobWatch(commands: SlurmCommands, everyMs: number, logger: Logger): JobWatch {
  const listeners = new Map<string, (news: JobNews) => void>()
  let timer: NodeJS.Timeout | null = null
  let asking = false
  let again = false

  const ask = async (): Promise<void> => {
    const jobIds = [...listeners.keys()]
    try {
      const states = await commands.states(jobIds)
      for (const jobId of jobIds) listeners.get(jobId)?.({ state: states.get(jobId) ?? null })
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      logger.warn('Slurm does not answer', { problem })
      for (const jobId of jobIds) listeners.get(jobId)?.({ problem })
    }
  }
  const turn = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (asking) return void (again = true)
    if (listeners.size === 0) return
    asking = true
    void ask().finally(() => {
      asking = false
      const soon = again
      again = false
      if (soon) turn()
      else if (listeners.size > 0) timer = setTimeout(turn, everyMs)
    })
  }
  return {
    watch(jobId, listener) {
      listeners.set(jobId, listener)
      turn()
      return () => {
        listeners.delete(jobId)
        if (listeners.size > 0 || timer === null) return
        clearTimeout(timer)
        timer = null
      }
    },
    askNow: turn,
  }
}

/** Starts without a new checkpoint in between after which a run is left alone. */
const TRIES = 2

/** Decides whether a run whose trainer died is started again: as long as it gets further between two deaths. */
export interface RestartRule {
  /** `step` is that of the newest checkpoint. The number of this try, or null when there were enough. */
  next(runId: string, step: number): number | null
  /** A person has taken over. */
  forget(runId: string): void
}

export const allowedTries = TRIES

export function createRestartRule(): RestartRule {
  const deaths = new Map<string, { step: number; tries: number }>()
  return {
    next(runId, step) {
      const before = deaths.get(runId)
      const tries = before?.step === step ? before.tries + 1 : 1
      if (tries > TRIES) {
        deaths.delete(runId)
        return null
      }
      deaths.set(runId, { step, tries })
      return tries
    },
    forget: (runId) => void deaths.delete(runId),
  }
}

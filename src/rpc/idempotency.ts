const REMEMBER_MS = 10 * 60_000
const MAX_KEYS = 1000

/** Remembers the outcomes of commands, so that one sent twice (after a reconnect, say) is carried out once. Shared by all connections. */
export interface IdempotencyCache {
  /** Runs `work` or gives the outcome of the first call with this key; a failure is not remembered, so that it can be tried again. */
  once(key: string, work: () => Promise<unknown>): Promise<unknown>
}

export function createIdempotencyCache(now: () => number = Date.now): IdempotencyCache {
  const known = new Map<string, { outcome: Promise<unknown>; at: number }>()

  const forgetOld = (): void => {
    for (const [key, { at }] of known) {
      if (known.size <= MAX_KEYS && now() - at < REMEMBER_MS) return
      known.delete(key)
    }
  }

  return {
    once(key, work) {
      forgetOld()
      const seen = known.get(key)
      if (seen !== undefined) return seen.outcome
      const outcome = work()
      known.set(key, { outcome, at: now() })
      outcome.catch(() => known.delete(key))
      return outcome
    },
  }
}

const DELAYS_MS = [500, 2_000, 8_000] as const
const WINDOW_MS = 5 * 60_000

export interface RestartPolicy {
  /** Notes a crash. Milliseconds to wait before the next start, or null when there have been three restarts in five minutes. */
  crashed(): number | null
  /** Forgets the past: the person asked for another try. */
  reset(): void
}

/** Waits longer after every crash, and gives up when starting again evidently does not help. */
export function createRestartPolicy(now: () => number): RestartPolicy {
  let restarts: number[] = []
  return {
    crashed() {
      const time = now()
      restarts = restarts.filter((at) => time - at < WINDOW_MS)
      const delay = DELAYS_MS[restarts.length]
      if (delay === undefined) return null
      restarts.push(time)
      return delay
    },
    reset() {
      restarts = []
    },
  }
}

export interface RunQueue {
  /** Does nothing when the run is already waiting. One that is just ending starts again when it has ended. */
  add(runId: string): void
  /** True when it was still waiting and is taken out. */
  remove(runId: string): boolean
  isWaiting(runId: string): boolean
  /** Those that wait, the next one first. */
  waiting(): readonly string[]
  /** Puts a waiting run at a place, 0 being the next; false when it does not wait. */
  move(runId: string, place: number): boolean
  /** While it is paused nothing is started; what runs goes on. */
  setPaused(paused: boolean): void
  readonly isPaused: boolean
  /** Starts nothing more. */
  close(): void
}

/**
 * Lets `limit` runs go at a time, the others wait in order; those that run elsewhere take no place. `start` resolves when its run is over and must
 * not reject.
 */
export function createRunQueue(limit: number, start: (runId: string) => Promise<void>, isElsewhere: (runId: string) => boolean = () => false): RunQueue {
  const waiting: string[] = []
  const running = new Set<string>()
  const isFree = (): boolean => [...running].filter((runId) => !isElsewhere(runId)).length < limit
  let closed = false
  let paused = false

  const fill = (): void => {
    while (!closed && !paused) {
      const index = waiting.findIndex((candidate) => !running.has(candidate) && (isElsewhere(candidate) || isFree()))
      const [runId] = index === -1 ? [] : waiting.splice(index, 1)
      if (runId === undefined) return
      running.add(runId)
      void start(runId).finally(() => {
        running.delete(runId)
        fill()
      })
    }
  }
  return {
    add(runId) {
      if (!waiting.includes(runId)) waiting.push(runId)
      fill()
    },
    remove(runId) {
      const index = waiting.indexOf(runId)
      if (index !== -1) waiting.splice(index, 1)
      return index !== -1
    },
    isWaiting: (runId) => waiting.includes(runId),
    waiting: () => [...waiting],
    move(runId, place) {
      const index = waiting.indexOf(runId)
      if (index === -1) return false
      waiting.splice(index, 1)
      waiting.splice(Math.max(0, place), 0, runId)
      return true
    },
    setPaused(wish) {
      paused = wish
      fill()
    },
    get isPaused() {
      return paused
    },
    close: () => void (closed = true),
  }
}

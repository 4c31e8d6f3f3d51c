export interface RunQueue {
  /** Does nothing when the run is already waiting. One that is just ending starts again when it has ended. */
  add(runId: string): void
  /** True when it was still waiting and is taken out. */
  remove(runId: string): boolean
  isWaiting(runId: string): boolean
  /** Starts nothing more. */
  close(): void
}

/** Lets `limit` runs go at a time, the others wait in order. `start` resolves when its run is over and must not reject. */
export function createRunQueue(limit: number, start: (runId: string) => Promise<void>): RunQueue {
  const waiting: string[] = []
  const running = new Set<string>()
  let closed = false

  const fill = (): void => {
    while (!closed && running.size < limit) {
      const index = waiting.findIndex((candidate) => !running.has(candidate))
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
    close: () => void (closed = true),
  }
}

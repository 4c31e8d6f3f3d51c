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
  /** How many may run at a time; those that run already go on. */
  setAtOnce(atOnce: number): void
  readonly atOnce: number
  /** Why the next one does not start beside those that run; null where nothing but its turn is missing. */
  readonly waitsFor: string | null
  /** Starts nothing more. */
  close(): void
}

export interface QueueOptions {
  /** Resolves when its run is over and must not reject. */
  readonly start: (runId: string) => Promise<void>
  /** Why a run can't start beside others that run here, or null. Asked again every now and then; must not reject. A run that is alone always starts. */
  readonly obstacle: (runId: string, running: readonly string[]) => Promise<string | null>
  readonly everyMs: number
  /** Runs that run elsewhere take no place, and wait for nobody but a queue that is paused. */
  readonly isElsewhere?: (runId: string) => boolean
}

/** Lets as many runs go at a time as it is told (at first one), and as find room beside one another; the others wait in order. Nobody overtakes. */
export function createRunQueue({ start, obstacle, everyMs, isElsewhere = () => false }: QueueOptions): RunQueue {
  const waiting: string[] = []
  const running = new Set<string>()
  let closed = false
  let paused = false
  let atOnce = 1
  let waitsFor: string | null = null
  let asking = false
  let timer: NodeJS.Timeout | null = null

  const here = (): string[] => [...running].filter((runId) => !isElsewhere(runId))
  const next = (): string | undefined => {
    if (closed || paused) return undefined
    const startable = waiting.filter((candidate) => !running.has(candidate))
    return startable.find(isElsewhere) ?? (here().length < atOnce ? startable[0] : undefined)
  }
  const take = (runId: string): void => {
    waiting.splice(waiting.indexOf(runId), 1)
    running.add(runId)
    waitsFor = null
    void start(runId).finally(() => {
      running.delete(runId)
      fill()
    })
  }
  const ask = async (runId: string): Promise<void> => {
    if (asking) return
    asking = true
    const found = await obstacle(runId, here())
    asking = false
    // The order may be another one meanwhile.
    if (next() !== runId) return fill()
    if (found === null) {
      take(runId)
      return fill()
    }
    waitsFor = found
    timer ??= setTimeout(() => {
      timer = null
      fill()
    }, everyMs).unref()
  }
  const fill = (): void => {
    const runId = next()
    if (runId === undefined) return
    if (!isElsewhere(runId) && here().length > 0) return void ask(runId)
    take(runId)
    fill()
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
    setAtOnce(wish) {
      atOnce = wish
      fill()
    },
    get atOnce() {
      return atOnce
    },
    get waitsFor() {
      return here().length < atOnce && !paused && waiting.length > 0 ? waitsFor : null
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

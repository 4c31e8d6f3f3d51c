/** What a hold needs of the run that it may make wait. */
export interface HoldDeps {
  /** Why the run can't go on, or null: looked at again and again. */
  inspect(): Promise<string | null>
  /** Tells the trainer to wait after its step; does nothing for a run that is stopping. */
  pause(): void
  goOn(): void
  /** The sentence changed; null: all is well again. */
  announce(reason: string | null): void
  readonly everyMs: number
}

/** Makes a trainer wait while something outside is wrong (no room, no folder), and go on by itself when it is put right. */
export interface RunHold {
  readonly reason: string | null
  report(reason: string): void
  /** A person wants the run to wait: then it does not go on by itself. */
  pausedByPerson(): void
  /** A person wants it to go on. Resolves with the reason when it can't yet. */
  goOnForPerson(): Promise<string | null>
  stop(): void
}

export function createRunHold({ inspect, pause, goOn, announce, everyMs }: HoldDeps): RunHold {
  let reason: string | null = null
  let made = false
  let byPerson = false
  let looking = false

  const report = (found: string): void => {
    const isNew = reason === null
    reason = found
    if (isNew && !byPerson) {
      made = true
      pause()
    }
    announce(found)
  }
  const clear = (): void => {
    if (reason === null) return
    reason = null
    announce(null)
    if (made && !byPerson) goOn()
    made = false
  }
  const look = async (): Promise<void> => {
    // A drive that does not answer keeps one look waiting, not one every few seconds.
    if (looking) return
    looking = true
    try {
      const found = await inspect()
      if (found === null) clear()
      else report(found)
    } finally {
      looking = false
    }
  }
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return {
    get reason() {
      return reason
    },
    report,
    pausedByPerson: () => void (byPerson = true),
    async goOnForPerson() {
      const found = await inspect()
      if (found !== null) return found
      byPerson = false
      made = false
      if (reason !== null) announce(null)
      reason = null
      goOn()
      return null
    },
    stop: () => clearInterval(timer),
  }
}

export interface RateLimit {
  /** Whether there is room for one more. */
  hasRoom(): boolean
  /** Counts one; false when there was no room for it. */
  take(): boolean
}

/** Lets `burst` happen at once and `perSecond` go on for ever. `now`: milliseconds of a clock that is never set. */
export function createRateLimit(burst: number, perSecond: number, now: () => number = () => performance.now()): RateLimit {
  let room = burst
  let last = now()
  const refill = (): void => {
    const time = now()
    room = Math.min(burst, room + ((time - last) / 1000) * perSecond)
    last = time
  }
  const hasRoom = (): boolean => {
    refill()
    return room >= 1
  }
  return {
    hasRoom,
    take() {
      if (!hasRoom()) return false
      room--
      return true
    },
  }
}

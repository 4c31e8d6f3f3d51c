export interface WatchTimes {
  /** How often a trainer and its folder are looked at. */
  readonly everyMs: number
  /** Without a message and without using the processor for so long, a trainer hangs. */
  readonly hangAfterMs: number
}

export const watchTimes: WatchTimes = { everyMs: 5_000, hangAfterMs: 300_000 }

/** The usual times, or those for FRACBITS_HANG_AFTER_SECONDS; a machine with a very slow disk may need more. */
export function watchTimesFrom(env: Readonly<Record<string, string | undefined>>): WatchTimes {
  const seconds = Number(env['FRACBITS_HANG_AFTER_SECONDS'])
  return seconds > 0 ? { everyMs: Math.min(watchTimes.everyMs, 250 * seconds), hangAfterMs: 1000 * seconds } : watchTimes
}
/** A trainer that computes without a word is given so many times longer: the first step of a large network takes its time. */
const BUSY_FACTOR = 12

export interface Watchdog {
  /** A sign of life. */
  alive(): void
  stop(): void
}

/**
 * Calls `onHang` once when a trainer has neither spoken nor computed for too long. Only time in which this process itself ran counts,
 * so that neither a machine that slept, nor one that was overloaded, nor a clock that was set makes a trainer seem dead.
 */
export function watchTrainer(times: WatchTimes, trainer: { cpuTicks(): number | null; isPaused(): boolean }, onHang: () => void): Watchdog {
  let silentMs = 0
  let idleMs = 0
  let ticks: number | null = null
  let last = performance.now()
  const alive = (): void => {
    silentMs = 0
    idleMs = 0
  }
  const look = (): void => {
    const now = performance.now()
    const passed = Math.min(now - last, 2 * times.everyMs)
    last = now
    silentMs += passed
    if (trainer.isPaused()) return alive()
    const used = trainer.cpuTicks()
    const computed = used !== null && ticks !== null && used > ticks
    ticks = used
    idleMs = computed ? 0 : idleMs + passed
    if (idleMs < times.hangAfterMs && silentMs < BUSY_FACTOR * times.hangAfterMs) return
    clearInterval(timer)
    onHang()
  }
  const timer = setInterval(look, times.everyMs)
  timer.unref()
  return { alive, stop: () => clearInterval(timer) }
}

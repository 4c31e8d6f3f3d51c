import type { SeriesColumns } from '../contract/entities'

export interface RunClock {
  /** The trainer works from now on. */
  go(): void
  /** It waits. */
  pause(): void
  /** `time/wall` and `time/process` at a step, in seconds. */
  points(step: number): SeriesColumns[]
}

/**
 * Two times of a run: since it began (`age`: seconds until now), and how long of it its trainers worked (`before`: in earlier lives, seconds).
 * They are measured with a clock that is never set (`now`, milliseconds), so that a person or a server who sets the machine's does not
 * make them leap or go back.
 */
export function createRunClock(age: number, before: number, now: () => number = () => performance.now()): RunClock {
  const began = now()
  let worked = before
  let since: number | null = null
  const working = (): number => worked + (since === null ? 0 : (now() - since) / 1000)
  return {
    go: () => void (since ??= now()),
    pause() {
      worked = working()
      since = null
    },
    points: (step) => [
      { key: 'time/wall', steps: [step], values: [age + (now() - began) / 1000] },
      { key: 'time/process', steps: [step], values: [working()] },
    ],
  }
}

export function newestStep(series: readonly SeriesColumns[]): number | null {
  let newest: number | null = null
  for (const { steps } of series) for (const step of steps) newest = newest === null || step > newest ? step : newest
  return newest
}

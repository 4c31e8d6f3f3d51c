import type { RunEvent } from '../contract/api'
import type { BitWidthHistory, SeriesColumns } from '../contract/entities'

/** Frames of one subscription are at least so far apart. */
const FRAME_EVERY_MS = 50
const MAX_POINTS_PER_SERIES = 5_000
const MAX_WIDTH_ROWS = 1_000
const MAX_LOG_ENTRIES = 1_000
const MAX_EVENTS = 500

export interface EventHub {
  publish(event: RunEvent): void
  /** Readers now. */
  readonly readers: number
  /**
   * Groups of events of one run, or of all (null: without `metrics`, `widths` and `log`), at most twenty a second, until the signal fires.
   * Subscribes at once. `onDropped` hears how many events or points were lost because the reader was slow.
   */
  subscribe(runId: string | null, signal: AbortSignal, onDropped: (count: number) => void): AsyncIterable<readonly RunEvent[]>
}

const DETAILS: readonly RunEvent['type'][] = ['metrics', 'widths', 'log']

/** Joins columns of the same key; the oldest points go when there are too many. */
function joinSeries(before: readonly SeriesColumns[], after: readonly SeriesColumns[]): { series: SeriesColumns[]; dropped: number } {
  const byKey = new Map(before.map((series) => [series.key, series]))
  let dropped = 0
  for (const { key, steps, values } of after) {
    const known = byKey.get(key)
    const joined = { key, steps: [...(known?.steps ?? []), ...steps], values: [...(known?.values ?? []), ...values] }
    const excess = Math.max(0, joined.steps.length - MAX_POINTS_PER_SERIES)
    dropped += excess
    byKey.set(key, { key, steps: joined.steps.slice(excess), values: joined.values.slice(excess) })
  }
  return { series: [...byKey.values()], dropped }
}

function joinWidths(before: BitWidthHistory, after: BitWidthHistory): { history: BitWidthHistory; dropped: number } {
  const steps = [...before.steps, ...after.steps]
  const dropped = Math.max(0, steps.length - MAX_WIDTH_ROWS)
  return { history: { steps: steps.slice(dropped), widths: [...before.widths, ...after.widths].slice(dropped) }, dropped }
}

/** What waits for one reader. Details of a run are joined, of its progress only the latest stays; the rest is kept one by one. */
function createPending(onDropped: (count: number) => void) {
  let events = new Map<string, RunEvent>()
  let number = 0

  const join = (known: RunEvent | undefined, event: RunEvent): RunEvent => {
    if (known?.type === 'metrics' && event.type === 'metrics') {
      const { series, dropped } = joinSeries(known.series, event.series)
      if (dropped > 0) onDropped(dropped)
      return { ...event, series }
    }
    if (known?.type === 'widths' && event.type === 'widths') {
      const { history, dropped } = joinWidths(known.history, event.history)
      if (dropped > 0) onDropped(dropped)
      return { ...event, history }
    }
    if (known?.type === 'log' && event.type === 'log') {
      const entries = [...known.entries, ...event.entries]
      const dropped = Math.max(0, entries.length - MAX_LOG_ENTRIES)
      if (dropped > 0) onDropped(dropped)
      return { ...event, entries: entries.slice(dropped) }
    }
    return event
  }

  return {
    add(event: RunEvent): void {
      const joinable = event.type === 'progress' || DETAILS.includes(event.type)
      const key = joinable ? `${event.type} ${event.runId}` : String(++number)
      events.set(key, join(events.get(key), event))
      if (events.size <= MAX_EVENTS) return
      const [oldest] = events.keys()
      if (oldest !== undefined) events.delete(oldest)
      onDropped(1)
    },
    get isEmpty(): boolean {
      return events.size === 0
    },
    take(): RunEvent[] {
      const taken = [...events.values()]
      events = new Map()
      return taken
    },
  }
}

/** Passes events of runs on to any number of readers, each at its own pace. */
export function createEventHub(): EventHub {
  const listeners = new Set<(event: RunEvent) => void>()
  return {
    get readers() {
      return listeners.size
    },
    publish(event) {
      for (const listener of listeners) listener(event)
    },
    subscribe(runId, signal, onDropped) {
      const pending = createPending(onDropped)
      let wake: () => void = () => undefined
      const listener = (event: RunEvent): void => {
        if (runId === null ? DETAILS.includes(event.type) : event.runId !== runId) return
        pending.add(event)
        wake()
      }
      const until = (start: (done: () => void) => void): Promise<void> =>
        new Promise((resolve) => {
          wake = resolve
          start(resolve)
        })
      if (!signal.aborted) listeners.add(listener)
      signal.addEventListener('abort', () => {
        listeners.delete(listener)
        wake()
      })
      return (async function* () {
        try {
          while (!signal.aborted) {
            while (pending.isEmpty && !signal.aborted) await until(() => undefined)
            if (signal.aborted) return
            yield pending.take()
            await pause(FRAME_EVERY_MS, signal)
          }
        } finally {
          listeners.delete(listener)
        }
      })()
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

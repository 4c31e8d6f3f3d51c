/** Events of one reader are at least so far apart. */
const FRAME_EVERY_MS = 200

/** Tells readers a state, at first and whenever it has changed; of several changes the last one. */
export interface StateFeed<S> {
  changed(): void
  /** Readers now. */
  readonly readers: number
  subscribe(signal: AbortSignal): AsyncIterable<readonly S[]>
}

export function createStateFeed<S>(state: () => Promise<S>): StateFeed<S> {
  const readers = new Set<() => void>()
  return {
    changed() {
      for (const wake of readers) wake()
    },
    get readers() {
      return readers.size
    },
    subscribe(signal) {
      let dirty = true
      let wake: () => void = () => undefined
      const hear = (): void => {
        dirty = true
        wake()
      }
      if (!signal.aborted) readers.add(hear)
      signal.addEventListener('abort', () => {
        readers.delete(hear)
        wake()
      })
      return (async function* () {
        try {
          while (!signal.aborted) {
            if (!dirty) await new Promise<void>((resolve) => (wake = resolve))
            if (signal.aborted) return
            dirty = false
            yield [await state()]
            if (!signal.aborted) await new Promise<void>((resolve) => setTimeout(resolve, FRAME_EVERY_MS))
          }
        } finally {
          readers.delete(hear)
        }
      })()
    },
  }
}

/** Groups of events of one reader are at least so far apart. */
const FRAME_EVERY_MS = 200

/** Something that a reader is told of: news gather while it is busy, and are taken together. */
export interface NewsSource<E> {
  hasNews(): boolean
  /** What is to be told of all news until now. */
  take(): Promise<readonly E[]>
}

/** Readers that are woken by changes and hear of them in groups, at least 200 ms apart. */
export interface PacedReaders<E> {
  readonly count: number
  /** Has every reader look at its source. */
  wake(): void
  subscribe(signal: AbortSignal, source: NewsSource<E>, onEnded?: () => void): AsyncIterable<readonly E[]>
}

export function createPacedReaders<E>(): PacedReaders<E> {
  const readers = new Set<{ wake: () => void }>()
  return {
    get count() {
      return readers.size
    },
    wake() {
      for (const { wake } of readers) wake()
    },
    subscribe(signal, source, onEnded = () => undefined) {
      const reader = { wake: (): void => undefined }
      const end = (): void => {
        readers.delete(reader)
        onEnded()
        reader.wake()
      }
      if (!signal.aborted) readers.add(reader)
      signal.addEventListener('abort', end)
      return (async function* () {
        try {
          while (!signal.aborted) {
            if (!source.hasNews()) await new Promise<void>((resolve) => (reader.wake = resolve))
            if (signal.aborted) return
            const events = await source.take()
            if (events.length > 0 && !signal.aborted) yield events
            if (!signal.aborted) await new Promise<void>((resolve) => setTimeout(resolve, FRAME_EVERY_MS))
          }
        } finally {
          signal.removeEventListener('abort', end)
          end()
        }
      })()
    },
  }
}

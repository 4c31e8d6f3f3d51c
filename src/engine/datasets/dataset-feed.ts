import type { EventOf } from '../../contract/define-api'
import type { Api } from '../../contract/api'
import type { DatasetSummary } from '../../contract/dataset-entities'

type DatasetEvent = EventOf<Api, 'data.events'>

/** Groups of events of one reader are at least so far apart. */
const FRAME_EVERY_MS = 200

/** Tells readers which data sets changed: of several changes the last state. */
export interface DatasetFeed {
  changed(id: string): void
  removed(id: string): void
  /** Readers now. */
  readonly readers: number
  subscribe(signal: AbortSignal): AsyncIterable<readonly DatasetEvent[]>
}

interface Reader {
  readonly dirty: Map<string, 'changed' | 'removed'>
  wake(): void
}

export function createDatasetFeed(summary: (id: string) => Promise<DatasetSummary>): DatasetFeed {
  const readers = new Set<Reader>()
  const tell = (id: string, what: 'changed' | 'removed'): void => {
    for (const reader of readers) {
      reader.dirty.set(id, what)
      reader.wake()
    }
  }
  const eventOf = async ([datasetId, what]: [string, 'changed' | 'removed']): Promise<DatasetEvent[]> => {
    if (what === 'removed') return [{ type: 'removed', datasetId }]
    try {
      return [{ type: 'changed', dataset: await summary(datasetId) }]
    } catch {
      // Removed in the meantime; that is told on its own.
      return []
    }
  }
  return {
    get readers() {
      return readers.size
    },
    changed: (id) => tell(id, 'changed'),
    removed: (id) => tell(id, 'removed'),
    subscribe(signal) {
      const reader = { dirty: new Map<string, 'changed' | 'removed'>(), wake: (): void => undefined }
      readers.add(reader)
      signal.addEventListener('abort', () => {
        readers.delete(reader)
        reader.wake()
      })
      return (async function* () {
        try {
          while (!signal.aborted) {
            if (reader.dirty.size === 0) await new Promise<void>((resolve) => (reader.wake = resolve))
            const dirty = [...reader.dirty]
            reader.dirty.clear()
            const events = (await Promise.all(dirty.map(eventOf))).flat()
            if (events.length > 0 && !signal.aborted) yield events
            if (!signal.aborted) await new Promise<void>((resolve) => setTimeout(resolve, FRAME_EVERY_MS))
          }
        } finally {
          readers.delete(reader)
        }
      })()
    },
  }
}

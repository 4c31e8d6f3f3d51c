import type { EventOf } from '../../contract/define-api'
import type { Api } from '../../contract/api'
import type { DatasetSummary } from '../../contract/dataset-entities'
import { createPacedReaders } from '../paced-reader'

type DatasetEvent = EventOf<Api, 'data.events'>

/** Tells readers which data sets changed: of several changes the last state. */
export interface DatasetFeed {
  changed(id: string): void
  removed(id: string): void
  /** Readers now. */
  readonly readers: number
  subscribe(signal: AbortSignal): AsyncIterable<readonly DatasetEvent[]>
}

type Change = 'changed' | 'removed'

export function createDatasetFeed(summary: (id: string) => Promise<DatasetSummary>): DatasetFeed {
  const readers = createPacedReaders<DatasetEvent>()
  /** What each reader was not told yet. */
  const untold = new Set<Map<string, Change>>()
  const tell = (id: string, what: Change): void => {
    for (const dirty of untold) dirty.set(id, what)
    readers.wake()
  }
  const eventOf = async ([datasetId, what]: [string, Change]): Promise<DatasetEvent[]> => {
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
      return readers.count
    },
    changed: (id) => tell(id, 'changed'),
    removed: (id) => tell(id, 'removed'),
    subscribe(signal) {
      const dirty = new Map<string, Change>()
      if (!signal.aborted) untold.add(dirty)
      const source = {
        hasNews: () => dirty.size > 0,
        async take() {
          const taken = [...dirty]
          dirty.clear()
          return (await Promise.all(taken.map(eventOf))).flat()
        },
      }
      return readers.subscribe(signal, source, () => untold.delete(dirty))
    },
  }
}

import { createPacedReaders } from '../paced-reader'

/** Tells readers a state, at first and whenever it has changed; of several changes the last one. */
export interface StateFeed<S> {
  changed(): void
  /** Readers now. */
  readonly readers: number
  subscribe(signal: AbortSignal): AsyncIterable<readonly S[]>
}

export function createStateFeed<S>(state: () => Promise<S>): StateFeed<S> {
  const readers = createPacedReaders<S>()
  let version = 0
  return {
    changed() {
      version += 1
      readers.wake()
    },
    get readers() {
      return readers.count
    },
    subscribe(signal) {
      let told = -1
      return readers.subscribe(signal, {
        hasNews: () => told !== version,
        async take() {
          told = version
          return [await state()]
        },
      })
    },
  }
}

import type { StudioError } from '../contract/errors'

export interface ClientStream<E> {
  /** One frame came in. */
  push(seq: number, events: readonly unknown[], dropped: number): void
  /** No more frames; `error` is thrown to the reader after the events that are already here. */
  end(error: StudioError | null): void
  readonly events: AsyncIterable<E>
}

export interface ClientStreamDeps {
  acknowledge(seq: number): void
  dropped(count: number): void
  /** The reader left the loop. */
  stop(): void
}

/** The client's end of one stream. It holds no more than the window, because the engine waits for acknowledgements. */
export function createClientStream<E>(deps: ClientStreamDeps): ClientStream<E> {
  const frames: { seq: number; events: readonly unknown[]; dropped: number; next: number }[] = []
  let ended: { error: StudioError | null } | null = null
  let wake: (() => void) | null = null

  const notify = (): void => {
    wake?.()
    wake = null
  }

  async function next(): Promise<IteratorResult<E>> {
    for (;;) {
      const frame = frames[0]
      if (frame !== undefined) {
        if (frame.next === 0 && frame.dropped > 0) {
          deps.dropped(frame.dropped)
          frame.dropped = 0
        }
        if (frame.next < frame.events.length) return { done: false, value: frame.events[frame.next++] as E }
        frames.shift()
        deps.acknowledge(frame.seq)
        continue
      }
      if (ended !== null) {
        const { error } = ended
        ended = { error: null }
        if (error !== null) throw error
        return { done: true, value: undefined }
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    push(seq, events, dropped) {
      if (ended !== null) return
      frames.push({ seq, events, dropped, next: 0 })
      notify()
    },
    end(error) {
      ended ??= { error }
      notify()
    },
    events: {
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          frames.length = 0
          deps.stop()
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    },
  }
}

import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { Api } from '../../../src/contract/api'
import type { EventOf, InputOf, StreamName } from '../../../src/contract/define-api'
import type { EngineClient } from '../../../src/contract/engine-client'
import { toErrorShape } from '../../../src/contract/errors'
import { useEngine } from './use-engine'

export interface StreamHandlers<E> {
  onEvent(event: E): void
  /** A subscription begins or has lost events: on set-up, for a new input, after a reconnection. Query here what the events build upon. */
  onOpen?(client: EngineClient, signal: AbortSignal): void
}

const REOPEN_AFTER_MS = 500
/** Asking again would end the same way; the query that goes with the stream shows the error. */
const FINAL: ReadonlySet<string> = new Set(['NOT_FOUND', 'BAD_INPUT', 'UNKNOWN_METHOD'])

/** Keeps a subscription open for as long as the scope lives. `input` null means: none at present. */
export function useStream<N extends StreamName<Api>>(
  name: N,
  input: MaybeRefOrGetter<InputOf<Api, N> | null>,
  handlers: StreamHandlers<EventOf<Api, N>>,
): void {
  const session = useEngine()
  let abort: AbortController | null = null

  async function follow(client: EngineClient, question: InputOf<Api, N>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && session.client.value === client) {
      try {
        const events = client.open(name, question, { signal, onDropped: () => handlers.onOpen?.(client, signal) })
        handlers.onOpen?.(client, signal)
        for await (const event of events) {
          if (signal.aborted) return
          handlers.onEvent(event)
        }
      } catch (error) {
        if (signal.aborted || session.client.value !== client) return
        if (FINAL.has(toErrorShape(error).code)) return
        console.warn(`The event stream ${name} ended and is opened again`, error)
      }
      // The engine ended the stream in order or could not keep up: begin anew, a little later.
      await new Promise((resolve) => setTimeout(resolve, REOPEN_AFTER_MS))
    }
  }

  watch(
    [session.client, () => JSON.stringify(toValue(input))],
    () => {
      abort?.abort()
      const client = session.client.value
      const question = toValue(input)
      if (client === null || question === null) return
      abort = new AbortController()
      void follow(client, question, abort.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => abort?.abort())
}

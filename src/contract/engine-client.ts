import type { Api } from './api'
import type { CallName, EventOf, InputOf, OutputOf, StreamName } from './define-api'

/** How renderer, browser page and CLI see the engine, whatever lies between. */
export interface EngineClient {
  /** Rejects with a StudioError; with code ENGINE_GONE when the connection closes, CANCELLED when the signal fires. */
  call<N extends CallName<Api>>(name: N, input: InputOf<Api, N>, options?: { signal?: AbortSignal }): Promise<OutputOf<Api, N>>
  /** Ends when the signal fires; throws ENGINE_GONE from the iterator when the connection closes. */
  open<N extends StreamName<Api>>(name: N, input: InputOf<Api, N>, options?: { signal?: AbortSignal }): AsyncIterable<EventOf<Api, N>>
  /** Resolves once when the connection is gone, with the reason. */
  readonly closed: Promise<string>
  close(): void
}

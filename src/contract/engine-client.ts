import type { Api } from './api'
import type { CallName, EventOf, InputOf, OutputOf, StreamName } from './define-api'

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Names one intended change; give the same again when repeating a command after a reconnect. Made up when absent. */
  readonly idempotencyKey?: string
}

export interface OpenOptions {
  readonly signal?: AbortSignal
  /** The client did not keep up and so many events are lost: query the state again. */
  readonly onDropped?: (count: number) => void
}

/** How renderer, browser page and CLI see the engine, whatever lies between. */
export interface EngineClient {
  /** Rejects with a StudioError; with code ENGINE_GONE when the connection closes, CANCELLED when the signal fires. */
  call<N extends CallName<Api>>(name: N, input: InputOf<Api, N>, options?: CallOptions): Promise<OutputOf<Api, N>>
  /** Subscribes at once, before the first event is asked for. Ends when the signal fires; throws ENGINE_GONE from the iterator when the connection closes. */
  open<N extends StreamName<Api>>(name: N, input: InputOf<Api, N>, options?: OpenOptions): AsyncIterable<EventOf<Api, N>>
  /** Resolves once when the connection is gone, with the reason. */
  readonly closed: Promise<string>
  close(): void
}

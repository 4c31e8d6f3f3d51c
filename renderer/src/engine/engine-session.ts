import { shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import type { Api } from '../../../src/contract/api'
import type { CallName, InputOf, OutputOf } from '../../../src/contract/define-api'
import type { EngineClient } from '../../../src/contract/engine-client'
import { StudioError } from '../../../src/contract/errors'

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** `retryInMs` is null where trying again by itself makes no sense; `wasConnected` tells a lost connection from one that never was. */
  | { readonly kind: 'lost'; readonly reason: string; readonly retryInMs: number | null; readonly wasConnected: boolean }

/** The page's one connection to the engine. It reconnects by itself; whoever shows data watches `client` and asks again. */
export interface EngineSession {
  readonly state: Readonly<ShallowRef<ConnectionState>>
  /** A new object after every reconnection; null while there is no connection. */
  readonly client: Readonly<ShallowRef<EngineClient | null>>
  /** One call on the present connection. Fails with ENGINE_GONE when there is none. */
  call<N extends CallName<Api>>(name: N, input: InputOf<Api, N>, options?: { signal?: AbortSignal }): Promise<OutputOf<Api, N>>
  /** Tries at once instead of waiting for the next attempt. */
  reconnectNow(): void
  close(): void
}

export const ENGINE_SESSION: InjectionKey<EngineSession> = Symbol('engine session')

const RETRY_DELAYS_MS = [300, 1000, 2000, 4000]

/** `connect` makes a ready client or rejects; a rejection with BAD_INPUT or PROTOCOL_MISMATCH is final (a wrong token, another version). */
export function createEngineSession(connect: () => Promise<EngineClient>): EngineSession {
  const state = shallowRef<ConnectionState>({ kind: 'connecting' })
  const client = shallowRef<EngineClient | null>(null)
  let attempts = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let closed = false
  let wasConnected = false

  async function attempt(): Promise<void> {
    timer = null
    try {
      const connected = await connect()
      if (closed) {
        connected.close()
        return
      }
      attempts = 0
      wasConnected = true
      client.value = connected
      state.value = { kind: 'connected' }
      const reason = await connected.closed
      client.value = null
      if (!closed) retryLater(reason)
    } catch (error) {
      if (!closed) retryLater(error)
    }
  }

  function retryLater(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const final = cause instanceof StudioError && (cause.code === 'PROTOCOL_MISMATCH' || cause.code === 'BAD_INPUT')
    const retryInMs = final ? null : (RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length - 1)] ?? 4000)
    attempts += 1
    state.value = { kind: 'lost', reason, retryInMs, wasConnected }
    if (retryInMs !== null) timer = setTimeout(() => void attempt(), retryInMs)
  }

  void attempt()

  return {
    state,
    client,
    async call(name, input, options) {
      if (client.value === null)
        throw new StudioError('ENGINE_GONE', 'There is no connection to the engine at the moment. It comes back by itself; try again then.')
      return client.value.call(name, input, options)
    },
    reconnectNow() {
      if (state.value.kind !== 'lost') return
      if (timer !== null) clearTimeout(timer)
      state.value = { kind: 'connecting' }
      void attempt()
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      client.value?.close()
    },
  }
}

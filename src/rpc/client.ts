import { type Api, PROTOCOL_VERSION } from '../contract/api'
import type { CallOptions, EngineClient, OpenOptions } from '../contract/engine-client'
import { StudioError, fromErrorShape } from '../contract/errors'
import type { CallName, EventOf, InputOf, OutputOf, StreamName } from '../contract/define-api'
import type { Channel } from './channel'
import { createClientStream, type ClientStream } from './client-stream'
import { type ClientFrame, ServerFrame } from './frames'
import { toPlain } from './plain'

export interface ClientOptions {
  /** Name and version of this program, for the engine's log. */
  readonly app: string
  readonly protocol?: number
}

interface PendingCall {
  settle(outcome: { output: unknown } | { error: StudioError }): void
}

const cancelled = (): StudioError => new StudioError('CANCELLED', 'The request was cancelled.')

/** Random text that names one intended change. Works in pages that are not a secure context, too. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Speaks the contract over a channel. Calls may be made at once; they travel behind the greeting. */
export function createClient(channel: Channel, options: ClientOptions): EngineClient {
  const protocol = options.protocol ?? PROTOCOL_VERSION
  const calls = new Map<number, PendingCall>()
  const streams = new Map<number, ClientStream<unknown>>()
  let lastId = 0
  let gone: StudioError | null = null

  const send = (frame: ClientFrame): void => channel.send(frame)

  /** The connection is over: everything that waits learns why, once. */
  const fail = (error: StudioError): void => {
    if (gone !== null) return
    gone = error
    for (const call of [...calls.values()]) call.settle({ error })
    for (const stream of [...streams.values()]) stream.end(error)
    calls.clear()
    streams.clear()
    channel.close()
  }

  const closed = new Promise<string>((resolve) => {
    channel.onClose((reason) => {
      fail(new StudioError('ENGINE_GONE', `The connection to the engine is gone (${reason}).`))
      resolve(gone?.code === 'ENGINE_GONE' ? reason : (gone?.message ?? reason))
    })
  })

  const handle = (frame: ServerFrame): void => {
    switch (frame.kind) {
      case 'hello':
        if (frame.protocol !== protocol) {
          fail(
            new StudioError(
              'PROTOCOL_MISMATCH',
              `The engine (${frame.app}) speaks protocol ${frame.protocol}, this program ${protocol}. Use the same version of FracBits Studio for both.`,
            ),
          )
        }
        return
      case 'refused':
        return fail(fromErrorShape(frame.error))
      case 'result':
        return calls.get(frame.id)?.settle({ output: frame.output })
      case 'failure':
        return calls.get(frame.id)?.settle({ error: fromErrorShape(frame.error) })
      case 'event':
        return streams.get(frame.id)?.push(frame.seq, frame.events, frame.dropped ?? 0)
      case 'end':
        streams.get(frame.id)?.end(frame.error === null ? null : fromErrorShape(frame.error))
        streams.delete(frame.id)
    }
  }

  channel.onMessage((message) => {
    const frame = ServerFrame.safeParse(message)
    if (frame.success) handle(frame.data)
    else
      fail(
        new StudioError(
          'ENGINE_GONE',
          'The engine sent something that this program does not understand. Use the same version of FracBits Studio for both.',
        ),
      )
  })
  send({ kind: 'hello', protocol, app: options.app })

  return {
    call<N extends CallName<Api>>(name: N, input: InputOf<Api, N>, { signal, idempotencyKey }: CallOptions = {}) {
      return new Promise<OutputOf<Api, N>>((resolve, reject) => {
        if (signal?.aborted) return reject(cancelled())
        if (gone !== null) return reject(gone)
        const id = ++lastId
        const abort = (): void => {
          send({ kind: 'cancel', id })
          calls.get(id)?.settle({ error: cancelled() })
        }
        calls.set(id, {
          settle(outcome) {
            calls.delete(id)
            signal?.removeEventListener('abort', abort)
            if ('error' in outcome) reject(outcome.error)
            // The engine's side built it from the same contract, and the greeting made sure that both have the same.
            else resolve(outcome.output as OutputOf<Api, N>)
          },
        })
        signal?.addEventListener('abort', abort, { once: true })
        try {
          send({ kind: 'call', id, name, input: toPlain(input), key: idempotencyKey ?? newIdempotencyKey() })
        } catch (error) {
          calls.get(id)?.settle({ error: new StudioError('BAD_INPUT', error instanceof Error ? error.message : String(error)) })
        }
      })
    },

    open<N extends StreamName<Api>>(name: N, input: InputOf<Api, N>, { signal, onDropped }: OpenOptions = {}): AsyncIterable<EventOf<Api, N>> {
      const id = ++lastId
      const abort = (): void => stop()
      const stream = createClientStream<EventOf<Api, N>>({
        acknowledge: (seq) => send({ kind: 'ack', id, seq }),
        dropped: (count) => onDropped?.(count),
        stop: () => stop(),
      })
      const stop = (): void => {
        signal?.removeEventListener('abort', abort)
        if (streams.delete(id)) send({ kind: 'cancel', id })
        stream.end(null)
      }
      if (gone !== null) stream.end(gone)
      else if (signal?.aborted) stream.end(null)
      else {
        streams.set(id, stream)
        signal?.addEventListener('abort', abort, { once: true })
        send({ kind: 'open', id, name, input: toPlain(input) })
      }
      return stream.events
    },

    closed,
    close: () => fail(new StudioError('ENGINE_GONE', 'The connection to the engine was closed on this side.')),
  }
}

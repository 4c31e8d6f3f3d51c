import { PROTOCOL_VERSION, api } from '../contract/api'
import type { Api } from '../contract/api'
import type { CallName, EventOf, MethodDefinition, OutputOf, ParsedInputOf, StreamName } from '../contract/define-api'
import { StudioError, toErrorShape } from '../contract/errors'
import type { Channel } from './channel'
import { ClientFrame, STREAM_WINDOW, type ServerFrame } from './frames'
import type { IdempotencyCache } from './idempotency'
import { toPlain } from './plain'

export interface CallContext {
  /** Fires when the client cancels or its connection closes. */
  readonly signal: AbortSignal
}
export interface StreamContext extends CallContext {
  /** Says that `count` events were lost because the client did not keep up; it is told with the next frame. */
  reportDropped(count: number): void
}

/**
 * One function per method. Stream handlers must subscribe before their first `await` and yield groups of events:
 * one group is one frame, and the next is asked for only when the client has room.
 */
export type Handlers = {
  [N in CallName<Api>]: (input: ParsedInputOf<Api, N>, context: CallContext) => OutputOf<Api, N> | Promise<OutputOf<Api, N>>
} & {
  [N in StreamName<Api>]: (input: ParsedInputOf<Api, N>, context: StreamContext) => AsyncIterable<readonly EventOf<Api, N>[]>
}

export interface ServerPeerOptions {
  readonly channel: Channel
  readonly handlers: Handlers
  readonly idempotency: IdempotencyCache
  /** Name and version of this program. */
  readonly app: string
  readonly protocol?: number
  /** Called with what was thrown and is not a StudioError: a defect. */
  onDefect?(error: unknown, method: string): void
}

interface Active {
  readonly abort: AbortController
  /** Stream only: the client has consumed so many frames. */
  acknowledged(seq: number): void
}

type AnyCall = (input: unknown, context: CallContext) => unknown
type AnyStream = (input: unknown, context: StreamContext) => AsyncIterable<readonly unknown[]>

const describeIssues = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  issues.map((issue) => `${issue.path.map(String).join('.') || 'input'}: ${issue.message}`).join('; ')

/** Answers one client until its channel closes. Every input is parsed here, whoever sent it. */
export function createServerPeer(options: ServerPeerOptions): void {
  const { channel, handlers, idempotency } = options
  const protocol = options.protocol ?? PROTOCOL_VERSION
  const active = new Map<number, Active>()
  let greeted = false

  const send = (frame: ServerFrame): void => channel.send(frame)
  const refuse = (error: StudioError): void => {
    send({ kind: 'refused', error: toErrorShape(error) })
    channel.close()
  }

  const shapeOf = (error: unknown, method: string): ReturnType<typeof toErrorShape> => {
    if (!(error instanceof StudioError)) options.onDefect?.(error, method)
    return toErrorShape(error)
  }

  /** The method's definition and parsed input, or an error the client can act on. */
  const resolve = (name: string, input: unknown, kinds: readonly MethodDefinition['kind'][]): { definition: MethodDefinition; input: unknown } => {
    const definition = Object.hasOwn(api, name) ? (api as Readonly<Record<string, MethodDefinition>>)[name] : undefined
    if (definition === undefined || !kinds.includes(definition.kind))
      throw new StudioError('UNKNOWN_METHOD', `The engine has no ${kinds[0] === 'stream' ? 'stream' : 'method'} named "${name}".`)
    const parsed = definition.input.safeParse(input)
    if (!parsed.success) throw new StudioError('BAD_INPUT', `${name} was called with bad input (${describeIssues(parsed.error.issues)}).`)
    return { definition, input: parsed.data }
  }

  const answer = async ({ id, name, input, key }: Extract<ClientFrame, { kind: 'call' }>): Promise<void> => {
    const abort = new AbortController()
    active.set(id, { abort, acknowledged: () => undefined })
    try {
      const method = resolve(name, input, ['query', 'command'])
      const handler = handlers[name as CallName<Api>] as AnyCall
      const work = async (): Promise<unknown> => toPlain(await handler(method.input, { signal: abort.signal }))
      const output = method.definition.kind === 'command' && key !== undefined ? await idempotency.once(`${name} ${key}`, work) : await work()
      send({ kind: 'result', id, output })
    } catch (error) {
      const reported = abort.signal.aborted ? new StudioError('CANCELLED', 'The request was cancelled.') : error
      send({ kind: 'failure', id, error: shapeOf(reported, name) })
    } finally {
      active.delete(id)
    }
  }

  const stream = async ({ id, name, input }: Extract<ClientFrame, { kind: 'open' }>): Promise<void> => {
    const abort = new AbortController()
    let sent = 0
    let consumed = 0
    let dropped = 0
    let wake: () => void = () => undefined
    active.set(id, {
      abort,
      acknowledged(seq) {
        consumed = Math.max(consumed, Math.min(seq, sent))
        wake()
      },
    })
    abort.signal.addEventListener('abort', () => wake())
    let error: unknown = null
    try {
      const method = resolve(name, input, ['stream'])
      const handler = handlers[name as StreamName<Api>] as AnyStream
      const reportDropped = (count: number): void => void (dropped += count)
      for await (const events of handler(method.input, { signal: abort.signal, reportDropped })) {
        if (abort.signal.aborted) break
        send({ kind: 'event', id, seq: ++sent, events: events.map((event) => toPlain(event)), ...(dropped > 0 ? { dropped } : {}) })
        dropped = 0
        while (sent - consumed >= STREAM_WINDOW && !abort.signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
        if (abort.signal.aborted) break
      }
    } catch (thrown) {
      error = thrown
    }
    active.delete(id)
    send({ kind: 'end', id, error: error === null || abort.signal.aborted ? null : shapeOf(error, name) })
  }

  const handle = (frame: ClientFrame): void => {
    if (frame.kind === 'hello') {
      if (frame.protocol === protocol) greeted = true
      else
        refuse(
          new StudioError(
            'PROTOCOL_MISMATCH',
            `This engine (${options.app}) speaks protocol ${protocol}, ${frame.app} speaks ${frame.protocol}. Use the same version of FracBits Studio for both.`,
          ),
        )
    } else if (!greeted) refuse(new StudioError('PROTOCOL_MISMATCH', 'The first frame on a connection to the engine must be its greeting.'))
    else if (frame.kind === 'cancel') active.get(frame.id)?.abort.abort()
    else if (frame.kind === 'ack') active.get(frame.id)?.acknowledged(frame.seq)
    else if (active.has(frame.id)) refuse(new StudioError('BAD_INPUT', `Request number ${frame.id} is already in use on this connection.`))
    else void (frame.kind === 'call' ? answer(frame) : stream(frame))
  }

  channel.onClose(() => {
    for (const { abort } of active.values()) abort.abort()
  })
  send({ kind: 'hello', protocol, app: options.app })
  channel.onMessage((message) => {
    const frame = ClientFrame.safeParse(message)
    if (frame.success) handle(frame.data)
    else refuse(new StudioError('BAD_INPUT', 'The engine received something that is not a frame of its protocol.'))
  })
}

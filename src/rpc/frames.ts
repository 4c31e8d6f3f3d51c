import { z } from 'zod'
import { ErrorShape } from '../contract/errors'

/** Numbers a call or stream; chosen by the client, unique on its channel. */
const CallId = z.int().min(1)

/** What a client sends. `hello` comes first. */
export const ClientFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.int(), app: z.string().max(200) }),
  /** `key` makes a command that is sent again answer with the first outcome. */
  z.object({ kind: z.literal('call'), id: CallId, name: z.string().max(200), input: z.unknown(), key: z.string().max(100).optional() }),
  z.object({ kind: z.literal('open'), id: CallId, name: z.string().max(200), input: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: CallId }),
  /** The client has consumed the stream's frames up to `seq`. */
  z.object({ kind: z.literal('ack'), id: CallId, seq: z.int().min(1) }),
])
export type ClientFrame = z.infer<typeof ClientFrame>

/** What the engine's side sends. */
export const ServerFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.int(), app: z.string() }),
  /** The connection can't go on (another protocol, broken frames); the channel closes after it. */
  z.object({ kind: z.literal('refused'), error: ErrorShape }),
  z.object({ kind: z.literal('result'), id: CallId, output: z.unknown() }),
  z.object({ kind: z.literal('failure'), id: CallId, error: ErrorShape }),
  /** Events of one stream; `seq` counts its frames from 1, `dropped` the events lost just before this frame because the client was slow. */
  z.object({ kind: z.literal('event'), id: CallId, seq: z.int().min(1), events: z.array(z.unknown()), dropped: z.int().optional() }),
  z.object({ kind: z.literal('end'), id: CallId, error: ErrorShape.nullable() }),
])
export type ServerFrame = z.infer<typeof ServerFrame>

/** Event frames that may be on their way to a client at a time. */
export const STREAM_WINDOW = 8

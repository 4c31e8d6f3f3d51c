import { api, PROTOCOL_VERSION } from '../../contract/api'
import { type ChannelCore, createChannel } from '../../rpc/channel'
import { createIdempotencyCache } from '../../rpc/idempotency'
import { createServerPeer, type Handlers } from '../../rpc/server-peer'
import { createSocketChannel } from '../../rpc/socket-channel'
import { receiveText } from '../../rpc/websocket-channel'
import type { Parser } from '../parser'

const never = (): boolean => false

const HELLO = { kind: 'hello', protocol: PROTOCOL_VERSION, app: 'page' }
const FRAMES = [
  { kind: 'call', id: 1, name: 'runs.list', input: { limit: 10, before: null } },
  { kind: 'call', id: 2, name: 'runs.create', input: { configText: '{}', dataDir: null, workers: 1, name: 'a' }, key: 'k' },
  { kind: 'call', id: 3, name: 'configs.save', input: { id: 'preset:demo', text: '{}' } },
  { kind: 'call', id: 4, name: 'runs.resume', input: { runId: 'a0a0a0a0a0a0', checkpointId: 3 } },
  { kind: 'call', id: 5, name: 'drafts.put', input: { key: 'k', text: { $bytes: 'AAAA' } } },
  { kind: 'open', id: 6, name: 'runs.events', input: { runId: null } },
  { kind: 'ack', id: 6, seq: 3 },
  { kind: 'cancel', id: 6 },
]
const linesOf = (...frames: readonly unknown[]): Buffer => Buffer.from(frames.map((frame) => JSON.stringify(frame)).join('\n'))

/** A method that does nothing, for every name: what is tried is all that comes before one. */
const handlers = new Proxy({} as Handlers, {
  get: (_, name) =>
    Object.hasOwn(api, name) && api[name as keyof typeof api].kind === 'stream'
      ? async function* () {
          yield await Promise.resolve([{}])
        }
      : () => ({}),
})

/** Serves a line to which `deliver` gives the input; rejects with the defect that it met. */
async function serve(channel: ChannelCore, deliver: () => void): Promise<void> {
  const defects: unknown[] = []
  const idempotency = createIdempotencyCache()
  createServerPeer({ channel, handlers, idempotency, app: 'engine', onDefect: (error) => defects.push(error) })
  deliver()
  await new Promise((resolve) => setImmediate(resolve))
  channel.closed('the input ends')
  if (defects.length > 0) throw defects[0]
}

async function pageSays(input: Buffer): Promise<void> {
  const channel = createChannel({ send: (frame) => void JSON.stringify(frame), close: () => undefined })
  await serve(channel, () => {
    for (const line of input.toString('utf8').split('\n')) receiveText(channel, line)
  })
}

async function socketSays(input: Buffer): Promise<void> {
  let hear: (chunk: string) => void = () => undefined
  const channel = createSocketChannel({
    setEncoding: () => undefined,
    write: () => true,
    end: () => undefined,
    destroy: () => undefined,
    writableLength: 0,
    on(event: string, listener: (...values: never[]) => void) {
      if (event === 'data') hear = listener as (chunk: string) => void
    },
  })
  await serve(channel, () => {
    const text = input.toString('utf8')
    for (let at = 0; at < text.length; at += 100) hear(text.slice(at, at + 100))
    hear('\n')
  })
}

/** An input of every method: what a schema makes of it. */
function inputsOf(input: Buffer): void {
  let value: unknown
  try {
    value = JSON.parse(input.toString('utf8'))
  } catch {
    return
  }
  for (const { input: schema } of Object.values(api)) schema.safeParse(value)
}

/** What comes over a line: from a page, from another process of this person, and the inputs of calls. */
export function lineParsers(): Parser[] {
  const corpus = [...FRAMES.map((frame) => linesOf(HELLO, frame)), linesOf(HELLO, ...FRAMES)]
  const inputs = FRAMES.flatMap((frame) => ('input' in frame ? [linesOf(frame.input)] : []))
  const all = linesOf({
    runId: 'a0a0a0a0a0a0',
    text: '{}',
    limit: 10,
    filter: 'a = 1',
    shelf: 'active',
    columns: ['name'],
    sort: [{ key: 'name', descending: true }],
    keys: ['train/loss'],
    folder: '/data',
    id: 'abc',
  })
  return [
    { name: 'message of a page', corpus, read: pageSays, isTyped: never },
    { name: 'line of the local socket', corpus, read: socketSays, isTyped: never },
    { name: 'input of a call', corpus: [...inputs, all], read: inputsOf, isTyped: never },
  ]
}

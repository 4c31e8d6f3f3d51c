import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel as WorkerMessageChannel, type MessagePort as WorkerPort } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { RunEvent } from '../contract/api'
import type { EngineClient } from '../contract/engine-client'
import { StudioError } from '../contract/errors'
import type { Channel } from './channel'
import { createClient } from './client'
import { STREAM_WINDOW } from './frames'
import { createIdempotencyCache } from './idempotency'
import { createMemoryChannels } from './memory-channel'
import { createMessagePortChannel, type PortLike } from './message-port-channel'
import { createServerPeer, type Handlers } from './server-peer'
import { createSocketChannel } from './socket-channel'
import { openWebSocketChannel, type WebSocketLike } from './websocket-channel'
import { acceptWebSocketChannel } from './websocket-server-channel'

interface Line {
  readonly client: Channel
  readonly server: Channel
  readonly cleanUp?: () => void
}

/** Looks to the channel as Electron's MessagePortMain does: an emitter whose messages come in an event. */
function asElectronPort(port: WorkerPort): PortLike {
  return Object.assign(Object.create(null) as object, {
    postMessage: (message: unknown) => port.postMessage(message),
    close: () => port.close(),
    start: () => port.start(),
    on: (type: string, listener: (event?: unknown) => void) =>
      port.on(type, (data: unknown) => listener(type === 'message' ? { data, ports: [] } : data)),
  })
}

function openWebSockets(): Promise<Line> {
  return new Promise((resolve, reject) => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    sockets.once('listening', () => {
      const socket = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`)
      const server = new Promise<Channel | null>((accept) =>
        sockets.once('connection', (peer) => void acceptWebSocketChannel(peer, (token) => token === 'secret').then(accept)),
      )
      Promise.all([openWebSocketChannel(socket as unknown as WebSocketLike, 'secret'), server]).then(
        ([client, peer]) => (peer === null ? reject(new Error('not admitted')) : resolve({ client, server: peer, cleanUp: () => sockets.close() })),
        reject,
      )
    })
  })
}

const transports: Record<string, () => Promise<Line>> = {
  memory: () => {
    const [client, server] = createMemoryChannels()
    return Promise.resolve({ client, server })
  },
  'message port of a worker': () => {
    const { port1, port2 } = new WorkerMessageChannel()
    return Promise.resolve({ client: createMessagePortChannel(port1), server: createMessagePortChannel(port2) })
  },
  'message port of Electron': () => {
    const { port1, port2 } = new WorkerMessageChannel()
    return Promise.resolve({ client: createMessagePortChannel(port1), server: createMessagePortChannel(asElectronPort(port2), 'electron-main') })
  },
  'message port of a page': () => {
    const { port1, port2 } = new MessageChannel()
    const webOnly = (port: typeof port1): PortLike => ({
      postMessage: (message: unknown) => port.postMessage(message),
      close: () => port.close(),
      ...{ start: () => port.start(), addEventListener: (type: string, listener: (event: Event) => void) => port.addEventListener(type, listener) },
    })
    return Promise.resolve({ client: createMessagePortChannel(webOnly(port1)), server: createMessagePortChannel(webOnly(port2)) })
  },
  websocket: openWebSockets,
  /** As `serve` has it: the page's line leads to another one in memory. */
  'websocket led on in memory': async () => {
    const page = await openWebSockets()
    const [near, server] = createMemoryChannels()
    for (const [from, to] of [
      [page.server, near],
      [near, page.server],
    ] as const) {
      from.onMessage((frame) => to.send(frame))
      from.onClose(() => to.close())
    }
    return { ...page, server }
  },
  'local socket': () =>
    new Promise((resolve) => {
      const folder = mkdtempSync(join(tmpdir(), 'fracbits-rpc-'))
      const path = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll('\\', '-')}` : join(folder, 's')
      const listener = createServer()
      listener.listen(path, () => {
        const client = createSocketChannel(connect(path))
        listener.once('connection', (socket) =>
          resolve({
            client,
            server: createSocketChannel(socket),
            cleanUp: () => {
              listener.close()
              rmSync(folder, { recursive: true, force: true })
            },
          }),
        )
      })
    }),
}

const RUN = 'abcdefghijkl'
const nothing = (): never => {
  throw new StudioError('INTERNAL', 'not part of this test')
}
const baseHandlers: Handlers = {
  'app.info': () => ({ version: '1', workspace: '/w', enginePid: 1, subscriptions: 0, demoData: { available: true, directory: '/d', problem: null } }),
  'app.slurm': nothing,
  'app.doctor': nothing,
  'configs.presets': nothing,
  'runs.baselines': nothing,
  'runs.weights': nothing,
  'whatIf.facts': nothing,
  'whatIf.evaluate': nothing,
  'whatIf.fineTune': nothing,
  'runs.addBaselines': nothing,
  'configs.published': nothing,
  'configs.validate': nothing,
  'configs.list': nothing,
  'configs.get': nothing,
  'configs.create': nothing,
  'configs.save': nothing,
  'configs.rename': nothing,
  'configs.remove': nothing,
  'configs.restore': nothing,
  'configs.preview': nothing,
  'drafts.put': nothing,
  'drafts.get': nothing,
  'runs.list': nothing,
  'runs.get': nothing,
  'runs.confusion': nothing,
  'runs.create': nothing,
  'runs.pause': nothing,
  'runs.resume': nothing,
  'runs.stop': nothing,
  'runs.branch': nothing,
  'runs.repeat': nothing,
  'compare.overview': nothing,
  'compare.work': nothing,
  'compare.series': nothing,
  'queue.get': nothing,
  'queue.move': nothing,
  'queue.setAtOnce': nothing,
  'queue.pause': nothing,
  'runs.table': nothing,
  'runs.ids': nothing,
  'runs.groups': nothing,
  'runs.fields': nothing,
  'runs.values': nothing,
  'runs.annotations': nothing,
  'runs.annotate': nothing,
  'runs.sizes': nothing,
  'runs.deleteForGood': nothing,
  'runs.exportBundle': nothing,
  'runs.importBundle': nothing,
  'runs.bundleContents': nothing,
  'runs.importLogs': nothing,
  'runs.setImages': nothing,
  'views.list': nothing,
  'views.save': nothing,
  'views.remove': nothing,
  'metrics.keys': nothing,
  'metrics.series': nothing,
  'widths.history': nothing,
  'widths.gradients': nothing,
  'logs.page': nothing,
  'exports.create': nothing,
  'exports.list': nothing,
  'exports.verify': nothing,
  'exports.report': nothing,
  'data.recognise': nothing,
  'data.list': nothing,
  'data.get': nothing,
  'data.add': nothing,
  'data.index': nothing,
  'data.cancel': nothing,
  'data.relink': nothing,
  'data.remove': nothing,
  'data.images': nothing,
  'data.counts': nothing,
  'data.evaluations': nothing,
  'data.evaluationsOf': nothing,
  'data.classes': nothing,
  'data.thumbnails': nothing,
  'data.image': nothing,
  'data.views': nothing,
  'data.doctor': nothing,
  'data.exclude': nothing,
  'runtimes.list': nothing,
  'runtimes.probe': nothing,
  'runtimes.install': nothing,
  'runtimes.cancel': nothing,
  'runtimes.remove': nothing,

  'runs.events': async function* () {
    yield []
  },
  'data.events': async function* () {
    yield []
  },
  'runtimes.events': async function* () {
    yield []
  },
}

const status = (reason: string): RunEvent => ({ type: 'status', runId: RUN, status: 'running', reason })

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

describe.each(Object.entries(transports))('contract over %s', (_, open) => {
  const start = async (
    handlers: Partial<Handlers> = {},
    protocols: { client?: number; server?: number } = {},
  ): Promise<{ client: EngineClient; line: Line; defects: unknown[] }> => {
    const line = await open()
    cleanUps.push(() => {
      line.client.close()
      line.server.close()
      line.cleanUp?.()
    })
    const defects: unknown[] = []
    createServerPeer({
      channel: line.server,
      handlers: { ...baseHandlers, ...handlers },
      idempotency: createIdempotencyCache(),
      app: 'engine 1',
      onDefect: (error) => void defects.push(error),
      ...(protocols.server === undefined ? {} : { protocol: protocols.server }),
    })
    const client = createClient(line.client, { app: 'test 1', ...(protocols.client === undefined ? {} : { protocol: protocols.client }) })
    return { client, line, defects }
  }

  it('answers calls, several at a time', async () => {
    const { client } = await start({ 'configs.validate': async ({ text }) => ({ issues: [{ path: text, message: await Promise.resolve(text) }] }) })
    const texts = ['one', 'two', 'drei ✓']
    const answers = await Promise.all(texts.map((text) => client.call('configs.validate', { text })))
    expect(answers.map(({ issues }) => issues[0]?.path)).toEqual(texts)
  })

  it('parses input on the far side: defaults are filled in, bad input and unknown methods are told apart', async () => {
    const { client } = await start({ 'runs.list': ({ limit, before }) => ({ runs: [], next: `${limit} ${before}` }) })
    expect(await client.call('runs.list', {})).toEqual({ runs: [], next: '100 null' })
    await expect(client.call('runs.list', { limit: 0 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('limit') as unknown,
    })
    for (const name of ['runs.explode', '__proto__', 'runs.events']) {
      await expect(client.call(name as 'app.info', {})).rejects.toMatchObject({ code: 'UNKNOWN_METHOD' })
    }
  })

  it('carries bytes as bytes', async () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 256)
    const { client } = await start({ 'data.thumbnails': () => ({ thumbnails: [Buffer.from(bytes.subarray(0, 9)), null, bytes, new Uint8Array(0)] }) })
    const { thumbnails } = await client.call('data.thumbnails', { datasetId: RUN, images: [1] })
    expect(thumbnails.map((entry) => entry && [...entry])).toEqual([[...bytes.subarray(0, 9)], null, [...bytes], []])
    expect(thumbnails[2]).toBeInstanceOf(Uint8Array)
  })

  it('carries errors with code, sentence and findings; a defect becomes INTERNAL and is reported', async () => {
    const issues = [{ path: 'epochs', message: 'This must be at least 1.', line: 3, column: 5 }]
    const { client, defects } = await start({
      'runs.pause': () => Promise.reject(new StudioError('CONFIG_INVALID', 'Not usable.', { issues })),
      'runs.resume': () => {
        throw new TypeError('oops')
      },
    })
    await expect(client.call('runs.pause', { runId: RUN })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: 'Not usable.', issues })
    await expect(client.call('runs.resume', { runId: RUN })).rejects.toMatchObject({ code: 'INTERNAL', message: 'oops' })
    expect(defects).toHaveLength(1)
  })

  it('sends plain values: proxies are unwrapped, NaN is null, what can not be sent is refused at the sender', async () => {
    const { client } = await start({
      'configs.validate': ({ text }) => ({ issues: [{ path: text, message: 'm', line: undefined }] as never }),
      'metrics.series': () => ({ series: [{ key: 'k', steps: new Float64Array([1, 2]) as never, values: [NaN, 1] }] }),
      'app.doctor': () => ({ checks: [() => 1] }) as never,
    })
    expect(await client.call('configs.validate', new Proxy({ text: 'x' }, {}))).toEqual({ issues: [{ path: 'x', message: 'm' }] })
    expect(await client.call('metrics.series', { runId: RUN, keys: [] })).toEqual({ series: [{ key: 'k', steps: [1, 2], values: [null, 1] }] })
    await expect(client.call('configs.validate', { text: (() => 1) as never })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(client.call('app.doctor', {})).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await client.call('app.info', {})).toMatchObject({ version: '1' })
  })

  it('cancels a call on the far side, too', async () => {
    const seen = { reason: '' }
    let cancelSeen: () => void = () => undefined
    const cancelled = new Promise<void>((resolve) => (cancelSeen = resolve))
    let begun: () => void = () => undefined
    const beginning = new Promise<void>((resolve) => (begun = resolve))
    const { client } = await start({
      'app.doctor': (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          begun()
          signal.addEventListener('abort', () => {
            seen.reason = 'aborted'
            cancelSeen()
            reject(new Error('aborted'))
          })
        }),
    })
    const abort = new AbortController()
    const call = client.call('app.doctor', {}, { signal: abort.signal })
    await beginning
    abort.abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await cancelled
    await expect(client.call('app.doctor', {}, { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('carries out a command once for one idempotency key, and again after a failure', async () => {
    let count = 0
    const { client } = await start({
      'runs.create': () => ({ runId: `${RUN}${++count}` }),
      'runs.pause': () => (++count === 2 ? Promise.reject(new StudioError('CONFLICT', 'Not now.')) : {}),
    })
    const create = { configText: '{}', dataDir: null }
    const twice = await Promise.all([
      client.call('runs.create', create, { idempotencyKey: 'k' }),
      client.call('runs.create', create, { idempotencyKey: 'k' }),
    ])
    expect(twice[0]).toEqual(twice[1])
    expect(count).toBe(1)
    await expect(client.call('runs.pause', { runId: RUN }, { idempotencyKey: 'p' })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await client.call('runs.pause', { runId: RUN }, { idempotencyKey: 'p' })).toEqual({})
    expect((await client.call('runs.create', create)).runId).not.toBe(twice[0].runId)
  })

  it('subscribes before the next call is answered, delivers in order, and ends', async () => {
    const order: string[] = []
    const { client } = await start({
      'runs.events': () => {
        order.push('subscribed')
        return (async function* () {
          yield [status('1'), status('2')]
          yield await Promise.resolve([status('3')])
        })()
      },
      'app.info': () => {
        order.push('called')
        return baseHandlers['app.info']({}, { signal: new AbortController().signal })
      },
    })
    const stream = client.open('runs.events', {})
    await client.call('app.info', {})
    const reasons: unknown[] = []
    for await (const event of stream) reasons.push(event.type === 'status' ? event.reason : event)
    expect(reasons).toEqual(['1', '2', '3'])
    expect(order).toEqual(['subscribed', 'called'])
  })

  it('asks a source for no more than the window while the reader does not read, and tells what was lost', async () => {
    let asked = 0
    const { client } = await start({
      'runs.events': async function* (_input, { reportDropped, signal }) {
        for (let n = 1; n <= 40 && !signal.aborted; n++) {
          asked = n
          if (n === 20) reportDropped(7)
          yield await Promise.resolve([status(String(n))])
        }
      },
    })
    const drops: number[] = []
    const stream = client.open('runs.events', {}, { onDropped: (count) => drops.push(count) })
    for (let n = 0; n < 5; n++) await client.call('app.info', {})
    expect(asked).toBe(STREAM_WINDOW)
    let received = 0
    for await (const _event of stream) received++
    expect(received).toBe(40)
    expect(drops).toEqual([7])
  })

  it('ends a stream on both sides when the reader leaves or its signal fires', async () => {
    let live = 0
    let noneLeft: () => void = () => undefined
    const { client } = await start({
      'runs.events': async function* (_input, { signal }) {
        live++
        try {
          yield [status('x')]
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        } finally {
          live--
          if (live === 0) noneLeft()
        }
      },
    })
    const abort = new AbortController()
    for await (const _event of client.open('runs.events', {})) break
    const gone = new Promise<void>((resolve) => (noneLeft = resolve))
    for await (const _event of client.open('runs.events', {}, { signal: abort.signal })) abort.abort()
    await gone
  })

  it('reports a bad or failing stream to its reader', async () => {
    const { client } = await start({
      'runs.events': async function* ({ runId }) {
        yield [status('x')]
        throw new StudioError('NOT_FOUND', `No run ${runId}.`)
      },
    })
    const read = async (input: { runId: string | null }): Promise<number> => {
      let count = 0
      for await (const _event of client.open('runs.events', input)) count++
      return count
    }
    await expect(read({ runId: RUN })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(read({ runId: 'NO!' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it.each(['client', 'server'] as const)('rejects what is pending with ENGINE_GONE when the %s closes', async (side) => {
    let aborted: () => void = () => undefined
    const handlerAborted = new Promise<void>((resolve) => (aborted = resolve))
    const { client, line } = await start({
      'app.doctor': (_input, { signal }) => new Promise(() => signal.addEventListener('abort', () => aborted())),
      'runs.events': (_input, { signal }) => ({
        async *[Symbol.asyncIterator]() {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          yield []
        },
      }),
    })
    const call = client.call('app.doctor', {})
    const reading = (async () => {
      for await (const _event of client.open('runs.events', {}));
    })()
    const outcomes = Promise.allSettled([call, reading])
    await client.call('app.info', {})
    if (side === 'client') client.close()
    else line.server.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_GONE' } })
    expect(typeof (await client.closed)).toBe('string')
    await handlerAborted
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'ENGINE_GONE' })
  })

  it('refuses another protocol politely', async () => {
    const { client } = await start({}, { client: 7, server: 8 })
    await expect(client.call('app.info', {})).rejects.toMatchObject({
      code: 'PROTOCOL_MISMATCH',
      message: expect.stringContaining('same version') as unknown,
    })
    expect(await client.closed).toContain('same version')
  })

  it('closes on a stranger that sends no greeting or no frames', async () => {
    for (const message of [{ kind: 'call', id: 1, name: 'app.info', input: {} }, 'hello?', null, { kind: 'hello', protocol: '1' }]) {
      const line = await open()
      createServerPeer({ channel: line.server, handlers: baseHandlers, idempotency: createIdempotencyCache(), app: 'engine' })
      const frames: unknown[] = []
      line.client.onMessage((frame) => frames.push(frame))
      const closed = new Promise((resolve) => line.client.onClose(resolve))
      line.client.send(message)
      await closed
      expect(frames.at(-1)).toMatchObject({ kind: 'refused' })
      line.cleanUp?.()
    }
  })
})

describe('websocket admission', () => {
  it('closes a connection whose first message is not the token', async () => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await new Promise((resolve) => sockets.once('listening', resolve))
    sockets.on('connection', (peer) => void acceptWebSocketChannel(peer, (token) => token === 'secret'))
    const url = `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`
    await expect(openWebSocketChannel(new WebSocket(url) as unknown as WebSocketLike, 'guess')).rejects.toMatchObject({
      code: 'ENGINE_GONE',
      message: expect.stringContaining('no longer valid') as unknown,
    })
    const stranger = new WebSocket(url)
    stranger.on('open', () => stranger.send('{"kind":"call"}'))
    expect(await new Promise((resolve) => stranger.on('close', (code) => resolve(code)))).toBe(1008)
    sockets.close()
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Channel } from '../rpc/channel'
import { openWebSocketChannel, type WebSocketLike } from '../rpc/websocket-channel'
import { silentLogger } from '../util/logger'
import { type RunningServer, startServer } from './start-server'

let pageDir: string
let server: RunningServer
let served: Channel[]

beforeEach(async () => {
  pageDir = await mkdtemp(join(tmpdir(), 'start-server-'))
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>')
  served = []
  server = await startServer({ pageDir, host: '127.0.0.1', port: 0, serve: (channel) => served.push(channel), logger: silentLogger })
})
afterEach(async () => {
  await server.close()
  await rm(pageDir, { recursive: true, force: true })
})

const address = (): { origin: string; port: string; token: string } => {
  const url = new URL(server.url)
  return { origin: url.origin, port: url.port, token: url.hash.replace('#token=', '') }
}

/** `ws` offers the page's interface, but types its events more narrowly. */
const webSocketLike = (socket: WebSocket): WebSocketLike => ({
  get readyState() {
    return socket.readyState
  },
  send: (text) => socket.send(text),
  close: (code, reason) => socket.close(code, reason),
  addEventListener: (type, listener) => socket.addEventListener(type as 'message', listener),
})

function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: address().port, path, method, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}

/** How an attempt to open the line ends: HTTP status of a refusal, or close code and reason. */
function attempt(options: { path?: string; headers?: Record<string, string>; first?: string | Buffer }): Promise<string> {
  const { origin, port } = address()
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/engine'}`, { headers: { origin, ...options.headers } })
    socket.on('unexpected-response', (_request, response) => resolve(`HTTP ${response.statusCode}`))
    socket.on('open', () => options.first !== undefined && socket.send(options.first))
    socket.on('close', (code) => resolve(`closed ${code}`))
    socket.on('error', () => undefined)
  })
}

describe('server', () => {
  it('carries frames for a page that knows the token', async () => {
    const { origin, port, token } = address()
    const channel = await openWebSocketChannel(webSocketLike(new WebSocket(`ws://127.0.0.1:${port}/engine`, { headers: { origin } })), token)
    const [engineSide] = served
    expect(engineSide).toBeDefined()
    const heard = new Promise((resolve) => channel.onMessage(resolve))
    engineSide?.send({ hello: 1 })
    expect(await heard).toEqual({ hello: 1 })
    const closed = new Promise((resolve) => channel.onClose(resolve))
    await server.close()
    await closed
  })

  it('serves the page with a policy that allows scripts of its own only', async () => {
    const { status, headers } = await get('/')
    expect(status).toBe(200)
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'")
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('keeps the token out of every request: it stands in the fragment, and has 256 bits', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/)
  })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1'])('answers nothing to the host name %s', async (host) => {
    expect((await get('/', { host })).status).toBe(403)
    expect(await attempt({ headers: { host }, first: JSON.stringify({ kind: 'authenticate', token: address().token }) })).toBe('HTTP 403')
  })

  it.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '//etc/passwd', '/engine'])('has no file for %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('answers to GET and HEAD only', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405)
    expect((await get('/', {}, 'HEAD')).status).toBe(200)
  })

  it.each(['http://evil.example', 'null', 'https://127.0.0.1', ''])('refuses a page from %j', async (origin) => {
    expect(await attempt({ headers: { origin }, first: JSON.stringify({ kind: 'authenticate', token: address().token }) })).toBe('HTTP 403')
    expect(served).toEqual([])
  })

  it('has a line to the engine at one path only', async () => {
    expect(await attempt({ path: '/engine/../engine?x' })).toBe('HTTP 404')
  })

  it.each([
    ['a wrong token', JSON.stringify({ kind: 'authenticate', token: 'x'.repeat(43) })],
    ['no token', JSON.stringify({ kind: 'hello' })],
    ['binary data', Buffer.from('x')],
  ])('refuses %s', async (_name, first) => {
    expect(await attempt({ first })).toBe('closed 1008')
    expect(served).toEqual([])
  })

  it('refuses a frame that is too large', async () => {
    expect(await attempt({ first: 'x'.repeat(8_000_001) })).toBe('closed 1009')
  })

  it('closes a line that floods the engine, and serves the others', async () => {
    const { origin, port, token } = address()
    const open = (): WebSocket => new WebSocket(`ws://127.0.0.1:${port}/engine`, { headers: { origin } })
    const calm = await openWebSocketChannel(webSocketLike(open()), token)
    const flood = open()
    const closed = new Promise<number>((resolve) => flood.on('close', resolve))
    flood.on('open', () => {
      flood.send(JSON.stringify({ kind: 'authenticate', token }))
      for (let sent = 0; sent < 20_000; sent++) flood.send('{"kind":"cancel","id":1}')
    })
    expect(await closed).toBe(1008)
    const heard = new Promise((resolve) => served[0]?.onMessage(resolve))
    calm.send({ kind: 'ack', id: 1, seq: 1 })
    expect(await heard).toEqual({ kind: 'ack', id: 1, seq: 1 })
  })

  it('hears no more guesses after twenty wrong tokens', async () => {
    const guess = JSON.stringify({ kind: 'authenticate', token: 'x'.repeat(43) })
    const answers: string[] = []
    for (let tries = 0; tries < 22; tries++) answers.push(await attempt({ first: guess }))
    expect(answers.slice(0, 20)).toEqual(Array(20).fill('closed 1008'))
    expect(answers.at(-1)).toBe('HTTP 429')
    expect(await attempt({ first: JSON.stringify({ kind: 'authenticate', token: address().token }) })).toBe('HTTP 429')
  })

  it('says that a port is taken', async () => {
    const port = Number(address().port)
    await expect(startServer({ pageDir, host: '127.0.0.1', port, serve: () => undefined, logger: silentLogger })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('--port'),
    })
  })

  it('serves no other address without the word of the person, and then asks for the token and its own name all the same', async () => {
    const elsewhere = { pageDir, host: '0.0.0.0', port: 0, serve: (channel: Channel) => served.push(channel), logger: silentLogger }
    await expect(startServer(elsewhere)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('--allow-network') as unknown })
    await server.close()
    server = await startServer({ ...elsewhere, allowNetwork: true })
    expect(server.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+\/#token=[\w-]{43}$/)
    expect((await get('/', { host: `evil.example:${address().port}` })).status).toBe(403)
    expect((await get('/', { host: `127.0.0.1:${address().port}` })).status).toBe(200)
    const own = { origin: `http://127.0.0.1:${address().port}` }
    expect(await attempt({ headers: own, first: JSON.stringify({ kind: 'hello' }) })).toBe('closed 1008')
    expect(
      await attempt({ headers: { origin: 'http://evil.example' }, first: JSON.stringify({ kind: 'authenticate', token: address().token }) }),
    ).toBe('HTTP 403')
    expect(served).toEqual([])
  })
})

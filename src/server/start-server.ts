import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { StudioError } from '../contract/errors'
import type { Channel } from '../rpc/channel'
import { createRateLimit } from '../rpc/rate-limit'
import { acceptWebSocketChannel } from '../rpc/websocket-server-channel'
import type { Logger } from '../util/logger'
import { isLoopback, isOwnHost, isOwnOrigin, newToken, ownNames, tokenChecker } from './access'
import { contentSecurityPolicy } from './content-security-policy'
import { readStaticFile } from './static-files'

/** A configuration of a million characters fits, escaped; nothing a page sends is larger. */
const MAX_FRAME_BYTES = 8_000_000
const MAX_CONNECTIONS = 64
/** Connections without a valid token; a person who opens an old address makes a few. */
const FAILURES_AT_ONCE = 20
const FAILURES_A_SECOND = 0.2

export interface ServerOptions {
  /** Folder of the built page. */
  readonly pageDir: string
  /** A loopback address; any other needs the person's word (`allowNetwork`). */
  readonly host: string
  readonly allowNetwork?: boolean
  /** 0 takes a free one. */
  readonly port: number
  /** Connects a page's line to the engine. */
  serve(channel: Channel): void
  readonly logger: Logger
}

export interface RunningServer {
  /** Address to open, with the token in its fragment: browsers do not send that part to anyone. */
  readonly url: string
  close(): Promise<void>
}

/** Serves the page and its line to the engine to browsers. Rejects with CONFLICT when the port is taken, with BAD_INPUT for an address that was not allowed. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if (!isLoopback(options.host) && options.allowNetwork !== true)
    throw new StudioError(
      'BAD_INPUT',
      `${options.host} can be reached by other machines, and what goes over the network is not encrypted. Serve this machine only (127.0.0.1), or add --allow-network.`,
    )
  const names = ownNames(options.host)
  const token = newToken()
  const isToken = tokenChecker(token)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false })
  const failures = createRateLimit(FAILURES_AT_ONCE, FAILURES_A_SECOND)
  let port = options.port

  const server = createServer((request, response) => {
    answer(request, response, { pageDir: options.pageDir, ownHost: isOwnHost(request, port, names) }).catch((error: unknown) => {
      options.logger.error('request failed', { url: request.url ?? '', error: String(error) })
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    const problem = upgradeProblem(request, { port, names }, sockets.clients.size) ?? (failures.hasRoom() ? null : '429')
    if (problem !== null) {
      options.logger.warn('connection refused', { problem, origin: request.headers.origin ?? null, host: request.headers.host ?? null })
      return refuse(socket, problem)
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      void acceptWebSocketChannel(webSocket, isToken).then((channel) => {
        if (channel !== null) return options.serve(channel)
        failures.take()
        options.logger.warn('connection without a valid token')
      })
    })
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(
        new StudioError(
          taken ? 'CONFLICT' : 'INTERNAL',
          taken
            ? `Port ${options.port} is taken. Choose another with --port, or 0 for any free one.`
            : `Port ${options.port} can't be opened: ${error.message}`,
          { cause: error },
        ),
      )
    })
    server.listen(options.port, options.host, resolve)
  })
  port = (server.address() as AddressInfo).port

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/#token=${token}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.close(1001, 'The server is closing.')
        server.close(() => resolve())
        server.closeAllConnections()
        for (const client of sockets.clients) client.terminate()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { pageDir, ownHost }: { pageDir: string; ownHost: boolean },
): Promise<void> {
  const host = request.headers.host ?? ''
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Cache-Control', 'no-store')
  if (!ownHost) return end(response, 403, 'This server answers to its own address only.')
  response.setHeader('Content-Security-Policy', contentSecurityPolicy({ connect: [`ws://${host}`] }))
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET is answered.')
  // Not parsed as an address: that would resolve dots before they are looked at.
  const file = await readStaticFile(pageDir, (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/')
  if (file === null) return end(response, 404, 'Not found.')
  response.writeHead(200, { 'Content-Type': file.contentType, 'Content-Length': file.body.length })
  response.end(request.method === 'HEAD' ? undefined : file.body)
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(text)
}

function upgradeProblem(
  request: IncomingMessage,
  { port, names }: { readonly port: number; readonly names: readonly string[] },
  connections: number,
): '403' | '404' | '503' | null {
  if (!isOwnHost(request, port, names)) return '403'
  if (request.url !== '/engine') return '404'
  if (!isOwnOrigin(request)) return '403'
  return connections >= MAX_CONNECTIONS ? '503' : null
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

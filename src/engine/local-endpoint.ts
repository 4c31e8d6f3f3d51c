import { createHash, timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { StudioError } from '../contract/errors'
import type { Channel } from '../rpc/channel'
import { createSocketChannel } from '../rpc/socket-channel'

/** Socket paths are limited to 108 bytes on Linux and 104 on macOS, the ending zero included. */
const MAX_SOCKET_PATH_BYTES = 100
const AUTHENTICATE_WITHIN_MS = 5_000

const First = z.object({ kind: z.literal('authenticate'), token: z.string() })
const Consent = z.object({ kind: z.literal('authenticated') })

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Where a workspace's engine listens: a socket in its folder, or in a private folder under the system's temporary one when the path is too long; a pipe on Windows. */
export function endpointOf(workspace: string, platform: NodeJS.Platform = process.platform): string {
  const short = digest(workspace).toString('hex').slice(0, 24)
  if (platform === 'win32') return `\\\\.\\pipe\\fracbits-studio-${short}`
  const inside = join(workspace, 'engine.sock')
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside
  return join(tmpdir(), `fracbits-studio-${userInfo().uid}`, `${short}.sock`)
}

export interface LocalEndpoint {
  close(): Promise<void>
}

/** Listens for other processes of this person; whoever does not know the token is closed. Only the holder of the workspace's lock may call it. */
export async function listenLocally(endpoint: string, token: string, onChannel: (channel: Channel) => void): Promise<LocalEndpoint> {
  const isPipe = endpoint.startsWith('\\\\.\\pipe\\')
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    admit(socket, token, onChannel)
  })
  if (!isPipe) {
    await mkdir(dirname(endpoint), { recursive: true, mode: 0o700 })
    // Left behind by an engine that died: the lock says that nobody else listens there.
    await rm(endpoint, { force: true })
  }
  await listen(server, endpoint)
  if (!isPipe) await chmod(endpoint, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const listen = (server: Server, endpoint: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(endpoint, resolve)
  })

/** The first line must carry the token; the rest is the channel of a client. */
function admit(socket: Socket, token: string, onChannel: (channel: Channel) => void): void {
  const channel = createSocketChannel(socket)
  const limit = setTimeout(() => socket.destroy(), AUTHENTICATE_WITHIN_MS)
  channel.onClose(() => clearTimeout(limit))
  channel.onFirstMessage((message) => {
    clearTimeout(limit)
    const first = First.safeParse(message)
    if (!first.success || !timingSafeEqual(digest(first.data.token), digest(token))) return void socket.destroy()
    channel.send({ kind: 'authenticated' })
    onChannel(channel)
  })
}

/** Connects to another process's engine. Rejects with ENGINE_GONE when nobody answers there. */
export function connectLocally(endpoint: string, token: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = connect(endpoint)
    const channel = createSocketChannel(socket)
    channel.onClose((reason) => reject(new StudioError('ENGINE_GONE', `The engine of this workspace does not answer (${reason}).`)))
    channel.onFirstMessage((message) => {
      if (Consent.safeParse(message).success) resolve(channel)
      else socket.destroy()
    })
    socket.once('connect', () => channel.send({ kind: 'authenticate', token }))
  })
}

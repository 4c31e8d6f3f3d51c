import type { AuthenticateMessage } from '../contract/native'
import { StudioError } from '../contract/errors'
import { frameText, parseFrame } from './bytes'
import { type Channel, type ChannelCore, createChannel } from './channel'

/** The part of a WHATWG WebSocket that is used; a page's and Node's own fit. */
export interface WebSocketLike {
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: { data?: unknown; code?: number; reason?: string }) => void): void
  readonly readyState: number
}

const OPEN = 1

/** Parses one text frame; anything else closes the line. */
export function receiveText(channel: ChannelCore, data: unknown): void {
  if (typeof data !== 'string') return channel.close()
  let frame: unknown
  try {
    frame = parseFrame(data)
  } catch {
    return channel.close()
  }
  channel.receive(frame)
}

/**
 * Proves the right to connect (`token` of the page's address), then carries frames.
 * Rejects with ENGINE_GONE when the server can't be reached or turns the token down.
 */
export function openWebSocketChannel(socket: WebSocketLike, token: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let authenticated = false
    const channel = createChannel({ send: (frame) => socket.send(frameText(frame)), close: () => socket.close(1000) })
    const authenticate = (): void => socket.send(JSON.stringify({ kind: 'authenticate', token } satisfies AuthenticateMessage))
    if (socket.readyState === OPEN) authenticate()
    else socket.addEventListener('open', authenticate)
    socket.addEventListener('message', ({ data }) => {
      if (authenticated) return receiveText(channel, data)
      // The server's first message can only be its consent; a refusal is a close.
      authenticated = true
      resolve(channel)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      channel.closed(reason || `the server closed the connection (${code ?? 'no code'})`)
      reject(new StudioError('ENGINE_GONE', reason || 'The server does not answer. Start it again with "npm start" and open the address it prints.'))
    })
  })
}

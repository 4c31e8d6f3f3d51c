import type { WebSocket } from 'ws'
import { z } from 'zod'
import { frameText } from './bytes'
import { type Channel, createChannel } from './channel'
import { createRateLimit } from './rate-limit'
import { receiveText } from './websocket-channel'

const PING_EVERY_MS = 20_000
const AUTHENTICATE_WITHIN_MS = 10_000
/** Bytes that may wait for a slow reader before the line is given up. Streams never come near: their window is small. */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024
/** A page sends a few frames a second, and a few dozen when it opens. */
const FRAMES_AT_ONCE = 2_000
const FRAMES_A_SECOND = 500
/** RFC 6455: the message violates the server's policy. */
const POLICY_VIOLATION = 1008

const FirstMessage = z.object({ kind: z.literal('authenticate'), token: z.string().max(1000) })

/** Why the first message of a connection is not acceptable, or null. */
function refusal(text: string, isToken: (token: string) => boolean): string | null {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return 'The first message must be the token.'
  }
  const first = FirstMessage.safeParse(message)
  if (!first.success) return 'The first message must be the token.'
  return isToken(first.data.token) ? null : 'This address is no longer valid. Open the one that the program printed last.'
}

/**
 * Waits for the client's token, then carries frames; `null` when it does not prove itself (the socket is closed then).
 * `isToken` should compare in constant time. A client that stops answering pings is closed.
 */
export function acceptWebSocketChannel(socket: WebSocket, isToken: (token: string) => boolean): Promise<Channel | null> {
  return new Promise((resolve) => {
    let authenticated = false
    let answered = true
    const frames = createRateLimit(FRAMES_AT_ONCE, FRAMES_A_SECOND)
    const channel = createChannel({
      send(frame) {
        if (socket.bufferedAmount > MAX_BUFFERED_BYTES) throw new Error('the client does not read')
        socket.send(frameText(frame))
      },
      close: () => socket.close(1000),
    })
    const turnDown = (reason: string): void => socket.close(POLICY_VIOLATION, reason)
    const limit = setTimeout(() => turnDown('No token was sent in time.'), AUTHENTICATE_WITHIN_MS)
    const pings = setInterval(() => {
      if (!answered) return socket.terminate()
      answered = false
      socket.ping()
    }, PING_EVERY_MS)
    socket.on('pong', () => (answered = true))
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? null : String(data)
      if (!frames.take()) return turnDown('Too many messages at once.')
      if (authenticated) return receiveText(channel, text)
      clearTimeout(limit)
      const problem = refusal(text ?? '', isToken)
      if (problem !== null) return turnDown(problem)
      authenticated = true
      socket.send(JSON.stringify({ kind: 'authenticated' }))
      resolve(channel)
    })
    socket.on('close', (code, reason) => {
      clearTimeout(limit)
      clearInterval(pings)
      channel.closed(String(reason) || `the client closed the connection (${code})`)
      resolve(null)
    })
    // `close` always follows an error and carries the consequence.
    socket.on('error', (error) => channel.closed(error.message))
  })
}

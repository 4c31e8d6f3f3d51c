import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** 256 random bits, as they stand in the address. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Compares in constant time: hashing makes both sides equally long whatever was sent. */
export function tokenChecker(token: string): (given: string) => boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = hash(token)
  return (given) => timingSafeEqual(hash(given), expected)
}

/**
 * Whether a request names this server as its host. A page of another site whose name was pointed at this machine (DNS rebinding)
 * sends its own name.
 */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => request.headers.host === `${name}:${port}`)
}

/** Whether a WebSocket is opened by a page of this server; browsers always say where a page came from. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host ?? ''}`
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'

/** 256 random bits, as they stand in the address. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Compares in constant time: hashing makes both sides equally long whatever was sent. */
export function tokenChecker(token: string): (given: string) => boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = hash(token)
  return (given) => timingSafeEqual(hash(given), expected)
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

export const isLoopback = (host: string): boolean => LOOPBACK.includes(host)

const inAddress = (name: string): string => (name.includes(':') ? `[${name}]` : name)

/** Names under which a server that listens at `host` may be asked: loopback's, that address, or every one of this machine's where it listens at all of them. */
export function ownNames(host: string): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address))
  const own = isLoopback(host) ? [] : host === '0.0.0.0' || host === '::' ? all : [host]
  return [...LOOPBACK, ...own].map(inAddress)
}

/**
 * Whether a request names this server as its host. A page of another site whose name was pointed at this machine (DNS rebinding)
 * sends its own name.
 */
export function isOwnHost(request: IncomingMessage, port: number, names: readonly string[]): boolean {
  return names.some((name) => request.headers.host === `${name}:${port}`)
}

/** Whether a WebSocket is opened by a page of this server; browsers always say where a page came from. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host ?? ''}`
}

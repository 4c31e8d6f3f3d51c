import { type Channel, createChannel } from './channel'

/** A page's MessagePort. */
interface WebPort {
  postMessage(message: unknown): void
  addEventListener(type: 'message' | 'messageerror' | 'close', listener: (event: { data?: unknown }) => void): void
  start(): void
  close(): void
}

/** MessagePort of worker_threads, and MessagePortMain of Electron, whose messages come wrapped in an event with `data`. */
interface EmitterPort {
  postMessage(message: unknown): void
  on(type: 'message' | 'messageerror' | 'close', listener: (event?: unknown) => void): unknown
  start?(): void
  close(): void
}

/** Structural, because the three kinds share no type; see the two shapes above. */
export type PortLike = object & { postMessage(message: unknown): void; close(): void }

const isEmitter = (port: PortLike): port is PortLike & EmitterPort => 'on' in port && typeof port.on === 'function'
const isWebPort = (port: PortLike): port is PortLike & WebPort => 'addEventListener' in port && typeof port.addEventListener === 'function'

/** A channel over either end of a message channel. Electron's MessagePortMain is told apart by the envelope it delivers in. */
export function createMessagePortChannel(port: PortLike, kind: 'plain' | 'electron-main' = 'plain'): Channel {
  const channel = createChannel({ send: (frame) => port.postMessage(frame), close: () => port.close() })
  if (kind === 'electron-main') {
    if (!isEmitter(port)) throw new TypeError('A MessagePortMain was expected.')
    port.on('message', (event) => channel.receive(typeof event === 'object' && event !== null && 'data' in event ? event.data : undefined))
    port.on('close', () => channel.closed('the port was closed'))
    port.start?.()
  } else if (isEmitter(port)) {
    port.on('message', (message) => channel.receive(message))
    port.on('messageerror', () => channel.close())
    port.on('close', () => channel.closed('the port was closed'))
    port.start?.()
  } else if (isWebPort(port)) {
    port.addEventListener('message', (event) => channel.receive(event.data))
    port.addEventListener('messageerror', () => channel.close())
    port.addEventListener('close', () => channel.closed('the port was closed'))
    port.start()
  } else throw new TypeError('This is not a message port.')
  return channel
}

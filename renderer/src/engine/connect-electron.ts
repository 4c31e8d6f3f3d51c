import type { EngineClient } from '../../../src/contract/engine-client'
import { StudioError } from '../../../src/contract/errors'
import { ENGINE_PORT_MESSAGE, type StudioNative } from '../../../src/contract/native'
import { createClient } from '../../../src/rpc/client'
import { createMessagePortChannel } from '../../../src/rpc/message-port-channel'
import { nativeSentence } from './native-sentence'

const PORT_LIMIT_MS = 25_000

/** Asks the desktop shell for a line to the engine; the port arrives as a window message. */
export async function connectElectron(native: Pick<StudioNative, 'connectEngine'>): Promise<EngineClient> {
  const requestId = crypto.randomUUID()
  const waiting = waitForPort(requestId)
  try {
    await native.connectEngine(requestId).catch((error: unknown) => {
      throw new StudioError('ENGINE_GONE', nativeSentence(error))
    })
    const port = await waiting.port
    return createClient(createMessagePortChannel(port), { app: 'window' })
  } finally {
    waiting.stop()
  }
}

function waitForPort(requestId: string): { port: Promise<MessagePort>; stop: () => void } {
  let stop = (): void => undefined
  const port = new Promise<MessagePort>((resolve, reject) => {
    const hear = (event: MessageEvent): void => {
      const ours = event.source === window && event.origin === location.origin && isPortMessage(event.data, requestId)
      if (ours && event.ports[0] !== undefined) resolve(event.ports[0])
    }
    const timer = setTimeout(
      () => reject(new StudioError('ENGINE_GONE', 'The engine did not answer. Restart the app; its log says why.')),
      PORT_LIMIT_MS,
    )
    window.addEventListener('message', hear)
    stop = () => {
      window.removeEventListener('message', hear)
      clearTimeout(timer)
    }
  })
  // `connectEngine` may reject first; then nobody waits for the port any more.
  port.catch(() => undefined)
  return { port, stop }
}

function isPortMessage(data: unknown, requestId: string): boolean {
  return (
    typeof data === 'object' &&
    data !== null &&
    'type' in data &&
    data.type === ENGINE_PORT_MESSAGE &&
    'requestId' in data &&
    data.requestId === requestId
  )
}

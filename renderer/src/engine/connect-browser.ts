import type { EngineClient } from '../../../src/contract/engine-client'
import { StudioError } from '../../../src/contract/errors'
import { createClient } from '../../../src/rpc/client'
import { openWebSocketChannel } from '../../../src/rpc/websocket-channel'

/** Connects to the server that delivered this page; `token` came with the page's address. */
export async function connectBrowser(token: string | null): Promise<EngineClient> {
  if (token === null) {
    throw new StudioError(
      'BAD_INPUT',
      'This address lacks its access token. Open the full address that "npm start" or "fracbits serve" printed in the terminal.',
    )
  }
  const url = new URL('engine', `${location.origin}${location.pathname.replace(/[^/]*$/, '')}`)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const channel = await openWebSocketChannel(new WebSocket(url), token)
  return createClient(channel, { app: 'browser' })
}

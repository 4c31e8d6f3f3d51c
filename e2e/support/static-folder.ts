import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { type AddressInfo } from 'node:net'
import { extname } from 'node:path'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' }

/** Serves files on the loopback interface, by the path of their address: from disk where a name is given. */
export async function serveFiles(files: ReadonlyMap<string, string | Uint8Array>): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname
    const found = files.get(path)
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    const kind = extname(typeof found === 'string' ? found : path)
    const answer = (body: Uint8Array): void => void response.writeHead(200, { 'content-type': TYPES[kind] ?? 'application/octet-stream' }).end(body)
    if (typeof found !== 'string') answer(found)
    else readFile(found).then(answer, () => response.writeHead(500).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

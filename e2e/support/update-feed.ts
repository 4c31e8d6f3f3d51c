import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { makeFeed } from '../../build/feed.mjs'

export interface UpdateFeed {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[]
  /** Answers with this file and its description, as the command that makes packages writes it. */
  publish(version: string, name: string, content: string | Buffer, notes?: string): Promise<void>
  /** Changes a file after it was described. */
  replace(name: string, content: string | Buffer): Promise<void>
  /** From now on the description is elsewhere; null: here again. */
  redirect(address: string | null): void
  close(): Promise<void>
}

/** A feed on the loopback interface. */
export async function serveFeed(): Promise<UpdateFeed> {
  const folder = await mkdtemp(join(tmpdir(), 'fracbits-feed-'))
  const requests: string[] = []
  let elsewhere: string | null = null
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    requests.push(pathname)
    if (elsewhere !== null) return void response.writeHead(302, { location: elsewhere }).end()
    readFile(join(folder, basename(pathname))).then(
      (body) => response.writeHead(200, { 'content-length': body.length }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const replace = (name: string, content: string | Buffer): Promise<void> => writeFile(join(folder, name), content)
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    requests,
    replace,
    async publish(version, name, content, notes = '') {
      await replace(name, content)
      await makeFeed([join(folder, name)], folder, { version, notes })
    },
    redirect: (address) => void (elsewhere = address),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import type { RuntimeManifest, Wheel } from '../catalogue'
import { thisPlatform } from '../catalogue'

/** A package index of the "simple repository API" on loopback, with wheels that were made up. */
export interface WheelIndex {
  readonly url: string
  /** What was asked for files: name, and the range where one was named. */
  readonly asked: { readonly file: string; readonly range: string | null }[]
  /** The next answer with a file breaks off after so many bytes. */
  breakAfter: number | null
  /** Files with other bytes than those that were pinned. */
  readonly forged: Set<string>
  /** Answers wait there after their first half, until it resolves. */
  hold: Promise<void> | null
  close(): Promise<void>
}

/** A wheel that holds these files, and its pins; `take` names those that are unpacked. */
export async function makeWheel(file: string, content: Readonly<Record<string, string | Buffer>>, take: readonly string[]): Promise<{ bytes: Buffer; wheel: Wheel }> {
  const zip = new ZipFile()
  for (const [name, text] of Object.entries(content)) zip.addBuffer(Buffer.from(text), name, { mode: name.includes('/bin/') ? 0o100755 : 0o100644, compress: false })
  zip.end()
  const bytes = await buffer(zip.outputStream)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const project = (file.split('-')[0] ?? '').replaceAll('_', '-')
  return { bytes, wheel: { project, file, bytes: bytes.length, sha256, take: [...take] } }
}

export const manifestOf = (name: string, kind: RuntimeManifest['kind'], wheels: readonly Wheel[]): RuntimeManifest => ({
  name,
  title: `Made up ${name}`,
  description: 'For tests.',
  kind,
  tensorflow: '2.21.0',
  platform: thisPlatform(),
  unpacked_bytes: 1000,
  ...(kind === 'gpu' ? { driver: '525.60.13', compute_capabilities: ['6.0'] } : {}),
  wheels: [...wheels],
})

/** Serves the wheels; `format` is that of its pages. */
export async function serveWheels(files: ReadonlyMap<string, Buffer>, format: 'json' | 'html' = 'json'): Promise<WheelIndex> {
  const index = { url: '', asked: [] as WheelIndex['asked'], breakAfter: null as number | null, forged: new Set<string>(), hold: null as Promise<void> | null }

  const page = (project: string, response: ServerResponse): void => {
    const names = [...files.keys()].filter((name) => name.startsWith(`${project.replaceAll('-', '_')}-`))
    if (names.length === 0) return void response.writeHead(404).end()
    const links = names.map((filename) => ({ filename, url: `../../files/${filename}#sha256=0` }))
    if (format === 'json') return void response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify({ files: links }))
    const anchors = links.map(({ filename, url }) => `<a data-requires-python="&gt;=3" href="${url}">${filename}</a><br>`)
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!DOCTYPE html><html><body>${anchors.join('\n')}</body></html>`)
  }

  const file = async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const range = request.headers.range ?? null
    index.asked.push({ file: name, range })
    const whole = files.get(name)
    if (whole === undefined) return void response.writeHead(404).end()
    const given = index.forged.has(name) ? Buffer.alloc(whole.length, 7) : whole
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const rest = given.subarray(from)
    response.writeHead(range === null ? 200 : 206, {
      'content-length': rest.length,
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${given.length - 1}/${given.length}` }),
    })
    if (index.breakAfter !== null) {
      const part = rest.subarray(0, index.breakAfter)
      index.breakAfter = null
      return void response.write(part, () => response.destroy())
    }
    const half = Math.floor(rest.length / 2)
    response.write(rest.subarray(0, half))
    if (index.hold !== null) await index.hold
    response.end(rest.subarray(half))
  }

  const server = createServer((request, response) => {
    const [, first = '', name = ''] = (request.url ?? '').split('/')
    if (first === 'simple') page(name, response)
    else void file(name, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  index.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`
  return Object.assign(index, {
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

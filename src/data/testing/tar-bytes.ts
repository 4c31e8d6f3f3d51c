import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A gzipped tar archive of these files, with their folders before them, as published archives have it. */
export async function tarBytes(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const archive = pack()
  const folders = new Set(Object.keys(files).map((name) => name.slice(0, name.lastIndexOf('/') + 1)))
  for (const name of folders) if (name !== '') archive.entry({ name, type: 'directory' })
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes))
  archive.finalize()
  return gzipSync(await buffer(archive))
}

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { makeFileAtomic } from '../../util/atomic-write'
import type { FileFact } from './bundle-format'

type Chunks = AsyncIterable<Uint8Array | string>

const bytesOf = (chunk: Uint8Array | string): Uint8Array => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)

export interface ZipContent {
  readonly name: string
  readonly compress: boolean
  /** Opened when its turn has come: one file at a time. */
  open(): Chunks | Promise<Chunks>
}

/**
 * Writes an archive that appears whole or not at all, without holding a file in memory. `last` makes the final file when size and
 * sha256 of all before it are known. Rejects with what opening, reading or writing failed with.
 */
export async function writeZip(
  file: string,
  contents: readonly ZipContent[],
  last: { readonly name: string; text(facts: readonly FileFact[]): string },
  time: Date,
): Promise<{ sizeBytes: number; sha256: string }> {
  const facts: FileFact[] = []
  const zip = new ZipFile()
  const failed = new AbortController()
  const fail = (error: unknown): void => failed.abort(error)
  zip.on('error', fail)
  const add = (name: string, compress: boolean, chunks: () => AsyncIterable<Uint8Array>): void =>
    zip.addReadStreamLazy(name, { compress, mtime: time, mode: 0o100644 }, (done) => {
      // yazl does not listen to what goes wrong in a stream that it is given.
      done(null, Readable.from(chunks(), { objectMode: false }).on('error', fail))
    })
  for (const content of contents) add(content.name, content.compress, () => noting(content, facts))
  add(last.name, true, async function* () {
    yield Buffer.from(last.text(facts))
  })
  zip.end()
  const hash = createHash('sha256')
  let sizeBytes = 0
  await makeFileAtomic(file, (temporary) =>
    pipeline(
      zip.outputStream,
      async function* (chunks: Chunks) {
        for await (const chunk of chunks) {
          const bytes = bytesOf(chunk)
          hash.update(bytes)
          sizeBytes += bytes.length
          yield bytes
        }
      },
      createWriteStream(temporary, { flags: 'wx' }),
      { signal: failed.signal },
    ).catch((error: unknown) => {
      throw failed.signal.aborted ? failed.signal.reason : error
    }),
  )
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function* noting({ name, open }: ZipContent, facts: FileFact[]): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of await open()) {
    const bytes = bytesOf(chunk)
    hash.update(bytes)
    size += bytes.length
    yield bytes
  }
  facts.push({ name, size, sha256: hash.digest('hex') })
}

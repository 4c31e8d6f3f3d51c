import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { StudioError } from '../contract/errors'
import { corrupt } from './idx-format'

/** The largest file that a published archive holds has 155 MB, and all of them together 190: a crafted one must not fill the memory. */
const MAX_MEMBER_BYTES = 200_000_000
const MAX_BYTES = 400_000_000
const MAX_MEMBERS = 1000

/**
 * Reads the files of these names out of a gzipped tar archive; nothing is written to disk, and reading ends when all are found.
 * Throws DATA_MISSING when the archive cannot be read, DATA_CORRUPT when it is damaged, too large, or lacks one of them.
 */
export async function readTarMembers(archive: string, names: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const members = extract()
  const flow = pipeline(createReadStream(archive), createGunzip(), upTo(MAX_BYTES), members)
  // What goes wrong in it ends the loop below, and leaving the loop early ends it.
  flow.catch(() => undefined)
  try {
    let count = 0
    for await (const member of members) {
      if (++count > MAX_MEMBERS) throw new Error(`at most ${MAX_MEMBERS} files were expected, and it holds more`)
      const { name, size = 0, type } = member.header
      const wanted = names.find((known) => known === name.replace(/^\.\//, ''))
      if (wanted === undefined || type !== 'file') {
        member.resume()
        continue
      }
      if (size > MAX_MEMBER_BYTES) throw new Error(`its file ${wanted} has ${size} bytes; at most ${MAX_MEMBER_BYTES} are read`)
      // Zeros that are not written to take no memory: a size alone costs nothing.
      const bytes = Buffer.alloc(size)
      let at = 0
      for await (const part of member) at += part.copy(bytes, at)
      found.set(wanted, bytes)
      if (found.size === names.length) break
    }
  } catch (cause) {
    throw problemWith(archive, cause)
  }
  const missing = names.find((name) => !found.has(name))
  if (missing !== undefined) throw corrupt(archive, `the file ${missing} was expected in it, but is not there`)
  return found
}

const upTo = (limit: number) =>
  async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let total = 0
    for await (const part of source) {
      total += part.length
      if (total > limit) throw new Error(`it unpacks to more than ${limit} bytes`)
      yield part
    }
  }

/** Files that are not there or may not be read have a code of the system; damage has one of zlib, or none. */
function problemWith(archive: string, cause: unknown): StudioError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof Error && 'syscall' in cause)
    return new StudioError('DATA_MISSING', `The archive ${archive} cannot be read: ${detail}. Check that it is a file you may read.`, { cause })
  return corrupt(archive, detail, cause)
}

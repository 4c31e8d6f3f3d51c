import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { StudioError } from '../contract/errors'
import { corrupt } from './idx-format'
import { type TarHeader, TarReader } from './tar-reader'

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
  const reader = new TarReader(opener(names, found))
  // A flow that is left before its end, done or with an error, reports only that it was left: what ended it is kept here.
  let ending: { readonly problem: unknown } | null = null
  const consume = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    try {
      await readInto(reader, unpacked, () => found.size === names.length)
      ending = { problem: null }
    } catch (problem) {
      ending = { problem }
    }
  }
  const end = await pipeline(createReadStream(archive), createGunzip(), consume).then(
    () => ending,
    (problem: unknown) => ending ?? { problem },
  )
  if (end !== null && end.problem !== null) throw problemWith(archive, end.problem)
  const missing = names.find((name) => !found.has(name))
  if (missing !== undefined) throw corrupt(archive, `the file ${missing} was expected in it, but is not there`)
  return found
}

/** Unpacked bytes to the reader, until they end or no more are wanted. Throws an Error when they are too many or end within a file. */
async function readInto(reader: TarReader, unpacked: AsyncIterable<Buffer>, isEnough: () => boolean): Promise<void> {
  let total = 0
  for await (const part of unpacked) {
    total += part.length
    if (total > MAX_BYTES) throw new Error(`it unpacks to more than ${MAX_BYTES} bytes`)
    reader.push(part)
    if (isEnough() && !reader.isInContent) return
  }
  if (!reader.isBetweenFiles) throw new Error('it ends within a file')
}

/** Makes room in `found` for each file that is wanted, and counts them all. */
function opener(names: readonly string[], found: Map<string, Buffer>): (header: TarHeader) => Buffer | null {
  let count = 0
  return ({ name, sizeBytes, isFile }) => {
    if (++count > MAX_MEMBERS) throw new Error(`at most ${MAX_MEMBERS} files were expected, and it holds more`)
    const wanted = names.find((known) => known === name.replace(/^\.\//, ''))
    if (wanted === undefined || !isFile) return null
    if (sizeBytes > MAX_MEMBER_BYTES) throw new Error(`its file ${wanted} has ${sizeBytes} bytes; at most ${MAX_MEMBER_BYTES} are read`)
    // Zeros that are not written to take no memory: a size alone costs nothing.
    const bytes = Buffer.alloc(sizeBytes)
    found.set(wanted, bytes)
    return bytes
  }
}

/** Files that are not there or may not be read have a code of the system; damage has one of zlib, or none. */
function problemWith(archive: string, cause: unknown): StudioError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof Error && 'syscall' in cause)
    return new StudioError('DATA_MISSING', `The archive ${archive} cannot be read: ${detail}. Check that it is a file you may read.`, { cause })
  return corrupt(archive, detail, cause)
}

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { StudioError } from '../../contract/errors'
import { type BundleArchive, damaged } from './bundle-archive'

/** Where a file of a run lies in the folder that a bundle was unpacked into. */
export const unpackedPath = (folder: string, runId: string, path: string): string => join(folder, runId, ...path.split('/'))

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/**
 * Writes every file of a bundle below `folder` and compares each with the size and sha256 that its manifest names. Rejects with DATA_CORRUPT at
 * the first that differs, with DISK_FULL; what was written until then is the caller's to remove.
 */
export async function unpackBundle(archive: BundleArchive, folder: string): Promise<void> {
  const bytes = archive.files.reduce((sum, { size }) => sum + size, 0)
  const { bavail, bsize, blocks } = await statfs(folder)
  if (blocks > 0 && bavail * bsize < bytes) throw full(folder)
  for (const { name, size, sha256, kind } of archive.files) {
    const to = unpackedPath(folder, kind.runId, kind.path)
    await mkdir(dirname(to), { recursive: true })
    const hash = createHash('sha256')
    let written = 0
    try {
      await pipeline(
        await archive.open(name),
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk)
            written += chunk.length
            yield chunk
          }
        },
        createWriteStream(to, { flags: 'wx' }),
      )
    } catch (error) {
      if (error instanceof StudioError) throw error
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') throw full(folder, error)
      throw damaged(`${name} can't be unpacked (${error instanceof Error ? error.message : String(error)})`, error)
    }
    if (written !== size || hash.digest('hex') !== sha256) throw damaged(`${name} is not what was written (its sha256 differs)`)
  }
}

const full = (folder: string, cause?: unknown): StudioError =>
  new StudioError(
    'DISK_FULL',
    `The disk that holds ${folder} has no room for what the bundle holds. Free some space and try again; nothing was imported.`,
    { cause },
  )

import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** All thumbnails of a data set, one after another in one file: a cache that indexing makes again. */
export interface ThumbnailPack {
  readonly file: string
  /** Adds thumbnails at the end; gives the place of each. */
  append(thumbnails: readonly Uint8Array[]): Promise<number[]>
  /** Null where the file is shorter: it was lost or cut. */
  read(at: number, size: number): Promise<Uint8Array | null>
  clear(): Promise<void>
  close(): Promise<void>
}

export const datasetFolder = (workspace: string, id: string): string => join(workspace, 'datasets', id)

export function openThumbnailPack(workspace: string, id: string): ThumbnailPack {
  const file = join(datasetFolder(workspace, id), 'thumbnails.pack')
  let reader: Promise<FileHandle> | null = null
  const closeReader = async (): Promise<void> => {
    const opened = reader
    reader = null
    await (await opened?.catch(() => null))?.close()
  }
  return {
    file,
    async append(thumbnails) {
      await mkdir(datasetFolder(workspace, id), { recursive: true })
      const writer = await open(file, 'a')
      try {
        let at = (await writer.stat()).size
        const places = thumbnails.map(({ length }) => (at += length) - length)
        await writer.appendFile(Buffer.concat(thumbnails))
        return places
      } finally {
        await writer.close()
      }
    },
    async read(at, size) {
      try {
        reader ??= open(file, 'r')
        const bytes = Buffer.alloc(size)
        const { bytesRead } = await (await reader).read(bytes, 0, size, at)
        return bytesRead === size ? bytes : null
      } catch {
        await closeReader()
        return null
      }
    },
    async clear() {
      await closeReader()
      await rm(file, { force: true })
    },
    close: closeReader,
  }
}


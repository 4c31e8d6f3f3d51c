import { realpath } from 'node:fs/promises'

const realFolder = (folder: string): Promise<string | null> => realpath(folder).catch(() => null)

/** Those of a list that lie in this folder, by whatever path: links are followed. A folder that is gone is only like one of the same path. */
export async function thoseInFolder<T>(folder: string, list: readonly T[], folderOf: (one: T) => string): Promise<T[]> {
  const real = await realFolder(folder)
  const isThere = await Promise.all(
    list.map(async (one) => folderOf(one) === folder || (real !== null && (await realFolder(folderOf(one))) === real)),
  )
  return list.filter((_, index) => isThere[index])
}

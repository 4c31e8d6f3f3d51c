import { lstat, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'

/** The folders that a page may name. */
export interface Roots {
  readonly folders: readonly string[]
  /** Whether a path leads into one of them, links resolved; what does not exist yet is judged by the nearest folder that does. A way up from the working folder leads nowhere. */
  contain(path: string): Promise<boolean>
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** Where a path really leads, as far as it exists. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    // What is there without leading anywhere is a link, and what is written through it would come into being somewhere else.
    if (await isThere(path)) throw error
    return resolve(await realPlace(dirname(path)), relative(dirname(path), path))
  }
}

const isWithin = (place: string, folder: string): boolean => {
  const way = relative(folder, place)
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
}

/** `folders` that do not exist are left out. */
export async function openRoots(folders: readonly string[]): Promise<Roots> {
  const real = (await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)))).filter((folder) => folder !== null)
  return {
    folders: real,
    async contain(path) {
      // It may be read by a process with another working folder.
      if (!isAbsolute(path) && path.split(/[\\/]/).includes('..')) return false
      try {
        const place = await realPlace(resolve(path))
        return real.some((folder) => isWithin(place, folder))
      } catch {
        // Where it leads can't be seen: then it is not known to lead into one of them.
        return false
      }
    },
  }
}

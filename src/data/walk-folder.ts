import type { Dirent, Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { byCodePoint } from './code-point-order'

const READ = new Set(['.jpg', '.jpeg', '.png'])
export const isImageName = (name: string): boolean => !name.startsWith('.') && READ.has(extname(name).toLowerCase())
/** Images that torchvision would read and this program does not. */
const NOT_READ = new Set(['.ppm', '.bmp', '.pgm', '.tif', '.tiff', '.webp'])

/**
 * Image files in `root`/`start` and the folders in it, as names relative to `root`: folders in the order of their paths, then files in
 * the order of their names, as torchvision walks them. Links are followed, but each folder is read once, so that a loop of links ends;
 * `above` are folders that may not be reached again either. What is left out is told, a line each.
 */
export async function walkFolder(root: string, start: string, above: readonly string[], notice: (line: string) => void): Promise<string[]> {
  const visited = new Map<string, string>()
  for (const folder of above) visited.set(identity(await stat(folder)), folder)
  const folders: { readonly name: string; readonly files: readonly string[] }[] = []
  const waiting = [start]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const path = join(root, name)
    const contents = await readFolder(path, visited, notice)
    if (contents === null) continue
    const files: string[] = []
    const unread: string[] = []
    for (const entry of contents) {
      const kind = await kindOf(entry, path, notice)
      const extension = extname(entry.name).toLowerCase()
      if (kind === 'folder') waiting.push(`${name}/${entry.name}`)
      else if (READ.has(extension) && kind === 'file') files.push(entry.name)
      else if (READ.has(extension) && kind === 'other') notice(`Left out ${join(path, entry.name)}: it is no ordinary file.`)
      else if (NOT_READ.has(extension)) unread.push(entry.name)
    }
    if (unread.length > 0)
      notice(`Left out ${unread.length} files in ${path} that are neither JPEG nor PNG, such as ${unread[0] ?? ''}. Convert them to use them.`)
    folders.push({ name, files: files.sort(byCodePoint) })
  }
  return folders.sort((a, b) => byCodePoint(a.name, b.name)).flatMap(({ name, files }) => files.map((file) => `${name}/${file}`))
}

const identity = ({ dev, ino }: Stats): string => `${dev}:${ino}`

/** Contents of a folder that was not read yet; null, with a line, for any other. */
async function readFolder(path: string, visited: Map<string, string>, notice: (line: string) => void): Promise<Dirent[] | null> {
  try {
    const id = identity(await stat(path))
    const before = visited.get(id)
    if (before !== undefined) {
      notice(`Left out ${path}: it leads to ${before}, which is read already.`)
      return null
    }
    visited.set(id, path)
    return (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'))
  } catch (cause) {
    notice(`Left out the folder ${path}: it cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`)
    return null
  }
}

type Kind = 'file' | 'folder' | 'other' | 'gone'

async function kindOf(entry: Dirent | Stats, path: string, notice: (line: string) => void): Promise<Kind> {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'file'
  if (!entry.isSymbolicLink() || !('name' in entry)) return 'other'
  const link = join(path, entry.name)
  try {
    return await kindOf(await stat(link), path, notice)
  } catch (cause) {
    notice(`Left out ${link}: it is a link that leads nowhere (${cause instanceof Error ? cause.message : String(cause)}).`)
    return 'gone'
  }
}

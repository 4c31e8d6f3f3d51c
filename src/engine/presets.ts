import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Preset } from '../contract/api'

/** Title and description from the comment lines a shipped configuration begins with: `// Title: …`, then `// …`. */
function readHeader(text: string): { title: string | null; description: string } {
  const lines = text.split(/\r?\n/)
  const end = lines.findIndex((line) => !line.trimStart().startsWith('//'))
  const comments = lines.slice(0, end === -1 ? lines.length : end).map((line) => line.trim().replace(/^\/\/\s?/, ''))
  const title = comments[0]?.match(/^Title:\s*(.+)$/)?.[1] ?? null
  const description = (title === null ? comments : comments.slice(1)).join(' ').replaceAll(/\s+/g, ' ').trim()
  return { title, description }
}

/** The configurations in a folder, by file name. */
export async function readPresets(folder: string): Promise<Preset[]> {
  const files = (await readdir(folder)).filter((name) => /\.jsonc?$/.test(name)).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8')
      const name = file.replace(/\.jsonc?$/, '')
      const { title, description } = readHeader(text)
      return { name, title: title ?? name, description, text }
    }),
  )
}

import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'jsonc-parser'
import type { Preset } from '../contract/api'
import { PublishedResult } from '../contract/published'

interface Header {
  readonly title: string | null
  readonly description: string
  readonly published?: PublishedResult
}

const PUBLISHED = /^Published:\s*(.+)$/

/** What the comment lines say that a shipped configuration begins with: `// Title: …`, then `// …`, and `// Published: {…}` for its result. */
function readHeader(text: string): Header {
  const lines = text.split(/\r?\n/)
  const end = lines.findIndex((line) => !line.trimStart().startsWith('//'))
  const comments = lines.slice(0, end === -1 ? lines.length : end).map((line) => line.trim().replace(/^\/\/\s?/, ''))
  const title = comments[0]?.match(/^Title:\s*(.+)$/)?.[1] ?? null
  const prose = (title === null ? comments : comments.slice(1)).filter((line) => !PUBLISHED.test(line))
  const description = prose.join(' ').replaceAll(/\s+/g, ' ').trim()
  const published = comments.map((line) => PUBLISHED.exec(line)?.[1]).find((found) => found !== undefined)
  return { title, description, ...(published === undefined ? {} : { published: PublishedResult.parse(parse(published)) }) }
}

/** The configurations in a folder, by file name. */
export async function readPresets(folder: string): Promise<Preset[]> {
  const files = (await readdir(folder)).filter((name) => /\.jsonc?$/.test(name)).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8')
      const name = file.replace(/\.jsonc?$/, '')
      const { title, ...rest } = readHeader(text)
      return { name, title: title ?? name, ...rest, text }
    }),
  )
}

import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

export interface StaticFile {
  readonly body: Buffer
  readonly contentType: string
}

/**
 * Reads one file of `root` for the path of a request (still percent-encoded), `/` being `index.html`.
 * Null for everything that is not a plain file of a known type inside `root`, however the path is spelt or linked.
 */
export async function readStaticFile(root: string, requestPath: string): Promise<StaticFile | null> {
  const relative = decodePath(requestPath)
  if (relative === null) return null
  const contentType = CONTENT_TYPES[extname(relative).toLowerCase()]
  if (contentType === undefined) return null
  try {
    const base = await realpath(root)
    const file = await realpath(join(base, relative))
    if (!file.startsWith(base + sep)) return null
    return { body: await readFile(file), contentType }
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP'].includes(String(error.code)))
      return null
    throw error
  }
}

function decodePath(requestPath: string): string | null {
  try {
    const decoded = decodeURIComponent(requestPath)
    if (decoded.includes('\0') || decoded.includes('\\') || decoded.split('/').includes('..')) return null
    return decoded === '/' || decoded === '' ? '/index.html' : decoded
  } catch {
    // A malformed percent-encoding names no file.
    return null
  }
}

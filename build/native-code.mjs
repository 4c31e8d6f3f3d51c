import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Native addons and libraries below a folder, as paths relative to it; links are not followed. */
export function nativeFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(node|so|dll|dylib)(\.\d+)*$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

const MARK = Buffer.from('\0GLIBC_2.')

/** The newest version of the GNU C library that native code below a folder asks for, such as `2.34`. */
export function neededGlibc(folder) {
  const minors = nativeFiles(folder).flatMap((file) => glibcMinors(readFileSync(join(folder, file))))
  return `2.${Math.max(...minors)}`
}

/** Names of versions stand as strings in the file; a library is too large to become one string itself. */
function glibcMinors(code) {
  const minors = []
  for (let at = code.indexOf(MARK); at !== -1; at = code.indexOf(MARK, at + 1)) {
    const from = at + MARK.length
    minors.push(Number.parseInt(code.toString('latin1', from, from + 3), 10))
  }
  return minors.filter((minor) => !Number.isNaN(minor))
}

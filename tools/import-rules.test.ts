import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeChannels, rooms, serverHalf, soleElectronMembers, soleImports } from './import-rules.mjs'

/*
 * The table of rooms once more, by reading the import statements themselves: a rule that the linter no longer applies
 * (a changed plugin, a disabled line) is noticed here.
 */

interface Import {
  file: string
  /** A path from the root of the checkout for a relative import, else the specifier as written. */
  to: string
}

const root = join(import.meta.dirname, '..')
const STATEMENTS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"]([^'"\n]+)['"]/g
const isTest = (file: string): boolean => /\.test\.ts$|\/(testing|test-support)\//.test(file)

const files = ['src', 'electron', 'renderer/src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/'))),
)
const textOf = (file: string): string => withoutComments(readFileSync(join(root, file), 'utf8'))

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

const imports: Import[] = files.flatMap((file) =>
  [...textOf(file).matchAll(STATEMENTS)].map(([, specifier = '']) => ({
    file,
    to: specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), specifier)) : specifier,
  })),
)

function roomOf(path: string): (typeof rooms)[number] | undefined {
  return rooms.find(({ pattern }) => {
    if (!pattern.endsWith('/*.ts')) return path === pattern || path.startsWith(`${pattern}/`)
    return posix.dirname(path) === pattern.slice(0, -'/*.ts'.length)
  })
}

const isInside = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)))
const isPackage = (specifier: string, name: string): boolean => specifier === name || specifier.startsWith(`${name}/`)
const shown = (found: readonly Import[]): string[] => found.map(({ file, to }) => `${file} imports ${to}`)

describe('import rules', () => {
  it('finds the imports it is about to judge', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(shown(imports)).toContain('src/contract/api.ts imports zod')
  })

  it('gives every source file a room', () => {
    expect(files.filter((file) => !roomOf(file))).toEqual([])
  })

  it('lets a room import only the rooms in the table', () => {
    const wrong = imports.filter(({ file, to }) => {
      const from = roomOf(file)
      const target = /^(src|electron|renderer|tools|build|e2e)\//.test(to) ? (roomOf(to) ?? 'nowhere') : undefined
      if (!from || target === undefined) return false
      return target === 'nowhere' || (target !== from && !from.may.includes(target.name))
    })
    expect(shown(wrong)).toEqual([])
  })

  it('keeps Node out of rooms that also run in a page', () => {
    const wrong = imports.filter(({ file, to }) => to.startsWith('node:') && !roomOf(file)?.node && !isInside(file, nodeChannels) && !isTest(file))
    expect(shown(wrong)).toEqual([])
  })

  it("gives the page only the client's half of src/rpc", () => {
    const wrong = imports.filter(({ file, to }) => file.startsWith('renderer/') && serverHalf.includes(`${to}.ts`) && !isTest(file))
    expect(shown(wrong)).toEqual([])
  })

  it('leaves each special package to its own place', () => {
    const wrong = imports.filter(
      ({ file, to }) => !isTest(file) && soleImports.some(({ specifier, only }) => isPackage(to, specifier) && !isInside(file, only)),
    )
    expect(shown(wrong)).toEqual([])
  })

  it.each(soleElectronMembers)('leaves $member to $only', ({ member, only }) => {
    const users = files.filter((file) => !isTest(file) && new RegExp(`\\b${member}\\b`).test(textOf(file)))
    expect(users.filter((file) => file !== only)).toEqual([])
  })

  it('has no cycle of files', () => {
    const known = new Set(files)
    const next = new Map(
      files.map((file) => [
        file,
        imports.filter((i) => i.file === file).flatMap(({ to }) => [to, `${to}.ts`, `${to}/index.ts`].filter((path) => known.has(path))),
      ]),
    )
    expect(findCycle(next)).toEqual([])
  })
})

/** The files of one cycle, or none. */
function findCycle(next: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    path.push(file)
    for (const target of next.get(file) ?? []) {
      const cycle = visit(target)
      if (cycle.length > 0) return cycle
    }
    path.pop()
    done.add(file)
    return []
  }
  for (const file of next.keys()) {
    const cycle = visit(file)
    if (cycle.length > 0) return cycle
  }
  return []
}

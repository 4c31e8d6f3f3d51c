import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

/*
 * What documents point at is there: files and headings that they link to, paths that they name, and what they call the things in the window. What
 * they say to type is checked in src/cli/documents, and run in e2e/documentation.test.ts.
 */
const root = join(import.meta.dirname, '..')
const within = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('node_modules'))
    .map((name) => join(folder, name))
const PLACES = ['build', 'configs', 'docs', 'e2e', 'electron', 'examples', 'renderer', 'src', 'tools'] as const
const documents = [...readdirSync(root), ...PLACES.flatMap(within)].filter((name) => name.endsWith('.md'))
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
const withoutBlocks = (markdown: string): string => markdown.replaceAll(/^```[\s\S]*?^```$/gm, '')

/** The anchors of a page, as GitHub makes them from its headings. */
const anchorsOf = (file: string): string[] =>
  [...withoutBlocks(textOf(file)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

interface Link {
  readonly file: string
  readonly to: string
}
const links: Link[] = documents.flatMap((file) =>
  [...withoutBlocks(textOf(file)).matchAll(/\]\(([^)\s]+)\)|\ssrc(?:set)?="([^"]+)"/g)].map(([, link, picture]) => ({
    file,
    to: link ?? picture ?? '',
  })),
)

function isThere({ file, to }: Link): boolean {
  if (/^https?:/.test(to)) return true
  const [path = '', anchor] = to.split('#')
  const target = path === '' ? file : normalize(join(dirname(file), path))
  return existsSync(join(root, target)) && (anchor === undefined || anchorsOf(target).includes(anchor))
}

const wordsOfCommands = (markdown: string): RegExpMatchArray[] =>
  [...markdown.matchAll(/^```(?:sh|console)[^\n]*\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => [...text.matchAll(/(?<=\s)([^\s~]+)/g)])

/** Paths from the root in code spans and in blocks of commands. Those with a placeholder or a pattern stand for several files. */
const paths: Link[] = documents.flatMap((file) =>
  [...withoutBlocks(textOf(file)).matchAll(/`([^`\n]+)`/g), ...wordsOfCommands(textOf(file))].flatMap(([, span = '']) => {
    const [, path] = /^((?:build|configs|docs|e2e|electron|examples|renderer|src|tools)\/[\w./-]*)$/.exec(span) ?? []
    return path === undefined || /\b(x|[A-Z]{2,})\b(?!\w*\.md)/.test(path) ? [] : [{ file, to: path }]
  }),
)

describe('documents', () => {
  it('link to files and headings that exist', () => {
    expect(links.length).toBeGreaterThan(50)
    expect(links.filter((link) => !isThere(link))).toEqual([])
  })

  it('name paths that exist', () => {
    expect(paths.length).toBeGreaterThan(80)
    // A README may also name what lies beside it.
    expect(paths.filter(({ file, to }) => !existsSync(join(root, to)) && !existsSync(join(root, dirname(file), to)))).toEqual([])
  })

  it('call things in the window what the window calls them', () => {
    const window = within('renderer/src')
      .filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts'))
      .map(textOf)
      .join('\n')
    const named = [...withoutBlocks(textOf('docs/guide.md')).matchAll(/\*\*([^*\n]+)\*\*/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(15)
    // A whole text between tags, a whole attribute or a whole string of a script.
    const whole = (name: string): RegExp => new RegExp(`[>"'\`]\\s*${name.replaceAll(/[.?()+]/g, '\\$&')}\\s*[<"'\`]`)
    expect(named.filter((name) => !whole(name).test(window))).toEqual([])
  })
})

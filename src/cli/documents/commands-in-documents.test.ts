import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { withImpliedCommand } from '../program'
import { npmCalls, shellWords } from './testing/markdown-blocks'
import { parsingProgram } from './testing/parsing-program'

/*
 * Every command that a document names, whether a test runs it or not, is parsed by the program itself: a flag that was renamed, an argument that is
 * missing or a value that is out of bounds is found here. Words in capitals stand for something of the reader's.
 */
const root = join(import.meta.dirname, '../../..')
const isMarkdown = (name: string): boolean => name.endsWith('.md')
const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(isMarkdown)
    .map((name) => join(folder, name))
const documents = [
  ...readdirSync(root).filter(isMarkdown),
  ...['docs', 'configs', 'examples', 'tools', 'src', 'e2e', 'electron', 'renderer', 'build'].flatMap(inFolder),
].filter((name) => !name.includes('node_modules'))
const calls = documents.flatMap((document) => npmCalls(readFileSync(join(root, document), 'utf8')).map((call) => ({ document, call })))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

const START = /^npm start(?: --silent)? -- */
const isPlaceholder = (word: string): boolean => /^([A-Z][A-Z_]*|<.*>)$/.test(word)

/** The words with something in the place of each placeholder that every option takes. */
function filled(words: readonly string[]): string[] {
  const program = parsingProgram()
  const command = words.reduce((at, word) => at.commands.find((one) => one.name() === word) ?? at, program)
  return words.map((word, index) => {
    if (!isPlaceholder(word)) return word
    const option = command.options.find(({ short, long }) => [short, long].includes(words[index - 1]))
    return option?.argChoices?.[0] ?? '1'
  })
}

/** What the program has against these words; null where it takes them. */
async function refusalOf(words: readonly string[]): Promise<string | null> {
  const program = parsingProgram()
  try {
    await program.parseAsync([...withImpliedCommand(filled(words))], { from: 'user' })
    return null
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? null : error.message
  }
}

describe('commands in documents', () => {
  it('are found', () => {
    const found = calls.map(({ document, call }) => `${document}: ${call}`)
    expect(found).toContain(
      'docs/nncf.md: npm start -- train -c configs/mobilenet_v2_imagenet_fracbits.jsonc --data IMAGENET --weights mobilenet_v2.pth -b 64',
    )
    expect(found).toContain('docs/compression.md: npm start -- baselines photos')
    expect(found).toContain("docs/guide.md: npm start -- list 'val/top1:best > 50 and config.seed = 1'")
    expect(found).toContain('docs/guide.md: npm start -- resume photos')
  })

  it('are taken by the program', async () => {
    const lines = calls.flatMap(({ document, call }) => (START.test(call) ? [{ document, call, words: shellWords(call.replace(START, '')) }] : []))
    const refused = await Promise.all(
      lines
        .filter(({ words: [first] }) => first !== undefined && !isPlaceholder(first))
        .map(async ({ document, call, words }) => ({ document, call, why: await refusalOf(words) })),
    )
    expect(refused.filter(({ why }) => why !== null)).toEqual([])
  })

  it('that npm runs are scripts of package.json', () => {
    const named = calls.flatMap(({ document, call }) => [...call.matchAll(/^npm run ([\w-]+)/g)].map(([, script = '']) => ({ document, script })))
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([])
  })

  it('that do not exist are refused', async () => {
    expect(await refusalOf(shellWords("list 'val/top1:best > 90' --limit N"))).toBeNull()
    expect(await refusalOf(shellWords('bench step --model MODEL --batch-size B   # this machine'))).toBeNull()
    expect(await refusalOf(shellWords('list --json | head -1'))).toBeNull()
    expect(await refusalOf(['export'])).toContain("missing required argument 'run'")
    expect(await refusalOf(['train', '-c', 'FILE', '--ephocs', '3'])).toContain("unknown option '--ephocs'")
    expect(await refusalOf(['baseline', 'RUN'])).toContain("unknown command 'baseline'")
  })
})

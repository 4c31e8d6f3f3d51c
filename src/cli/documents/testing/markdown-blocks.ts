/** A fenced block of a Markdown text. */
export interface FencedBlock {
  readonly language: string
  /** What stands behind the language: for `jsonc`, the file that the reader saves the block as. */
  readonly file: string | null
  readonly text: string
  readonly line: number
}

const FENCE = /^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm

/** Fenced blocks in their order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  return [...markdown.matchAll(FENCE)].map(({ index, 1: language = '', 2: file, 3: text = '' }) => ({
    language,
    file: file ?? null,
    text,
    line: markdown.slice(0, index).split('\n').length,
  }))
}

const CALL = /npm (?:start|test|run [\w-]+)(?: --silent)?(?:[ \t]+--(?!\w)(?:(?!npm )[^`\n])*)?/g

/** Calls of npm in fenced and indented code and in code spans; behind them may still stand what is for the shell, or a comment. */
export const npmCalls = (markdown: string): string[] => [...markdown.replaceAll('\\\n', ' ').matchAll(CALL)].map(([call]) => call.trim())

const WORD = /'([^']*)'|"([^"]*)"|(\S+)/g
/** What ends the arguments of a command: a comment, another command, a file that takes its output. */
const END = /^(#.*|[|&;>].*)$/

/** Arguments of a command line as a shell would pass them on. Quotes are taken off; nothing is expanded. */
export function shellWords(line: string): string[] {
  const words = [...line.matchAll(WORD)].map(([, single, double, plain]) => ({
    text: single ?? double ?? plain ?? '',
    ends: plain !== undefined && END.test(plain),
  }))
  const end = words.findIndex(({ ends }) => ends)
  return words.slice(0, end < 0 ? undefined : end).map(({ text }) => text)
}

import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, resolve } from 'node:path'
import { applyEdits, modify, parse } from 'jsonc-parser'
import { StudioError } from '../contract/errors'

/** Reads a configuration file; a relative `weights` path in it is taken from the file's own folder. */
export async function readConfigText(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    throw new StudioError(
      'BAD_INPUT',
      code === 'ENOENT'
        ? `The configuration ${file} does not exist.`
        : `The configuration ${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
  const content: unknown = parse(text)
  const weights = typeof content === 'object' && content !== null && 'weights' in content ? content.weights : undefined
  return typeof weights === 'string' && weights !== '' && !isAbsolute(weights) ? setKey(text, ['weights'], resolve(dirname(file), weights)) : text
}

/** The text with one value set; comments and the rest stay as they are. */
export function setKey(text: string, path: readonly string[], value: unknown): string {
  return applyEdits(text, modify(text, [...path], value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }))
}

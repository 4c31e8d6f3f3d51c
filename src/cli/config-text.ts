import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, resolve } from 'node:path'
import { applyEdits, modify, parse, type ParseError, parseTree } from 'jsonc-parser'
import { StudioError } from '../contract/errors'

const PATH_KEYS = ['weights', 'resuming_checkpoint_path', 'dataset_dir', 'log_dir', 'checkpoint_save_dir', 'metrics_dump']

/** Reads a configuration file; relative paths in it are taken from the file's own folder. */
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
  if (typeof content !== 'object' || content === null) return text
  return PATH_KEYS.reduce((changed, key) => {
    const path: unknown = Object.hasOwn(content, key) ? (content as Record<string, unknown>)[key] : undefined
    return typeof path === 'string' && path !== '' && !isAbsolute(path) ? setKey(changed, [key], resolve(dirname(file), path)) : changed
  }, text)
}

/** The text with one value set; comments and the rest stay as they are. Text that is no JSON object stays as it is: validation says what is wrong. */
export function setKey(text: string, path: readonly string[], value: unknown): string {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  if (errors.length > 0 || root?.type !== 'object') return text
  return applyEdits(text, modify(text, [...path], value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }))
}

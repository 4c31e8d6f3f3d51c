import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from './logger'
import { createRedactor } from './redact'

export interface FileLoggerOptions {
  readonly file: string
  /** Written on every line: `engine`, `cli`, `main` … */
  readonly process: string
  /** The file is renamed to `FILE.1` when it has become so large. Default 5 MB. */
  readonly maxBytes?: number
  readonly now?: () => number
}

/** Errors as text with their stack; they would be `{}` in JSON. */
const replaceErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) }
    : value

/** One JSON object a line, the person's home folder written as `~`: logs are sent to others. Written at once, so that the last lines before a crash are there. */
export function createFileLogger(options: FileLoggerOptions): Logger & { close(): void } {
  const { file, maxBytes = 5_000_000, now = Date.now } = options
  mkdirSync(dirname(file), { recursive: true })
  let handle = openSync(file, 'a', 0o600)
  const redact = createRedactor()
  let size = statSync(file).size

  const rotate = (): void => {
    closeSync(handle)
    renameSync(file, `${file}.1`)
    handle = openSync(file, 'a', 0o600)
    size = 0
  }
  const write =
    (level: string) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      const entry = { time: new Date(now()).toISOString(), level, process: options.process, pid: process.pid, message, ...fields }
      const line = `${redact(JSON.stringify(entry, replaceErrors))}\n`
      try {
        if (size > maxBytes) rotate()
        size += writeSync(handle, line)
      } catch (error) {
        // A full disk must not end the program that reports it; stderr is what is left.
        process.stderr.write(`${options.process}: the log can't be written (${String(error)}): ${line}`)
      }
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), close: () => closeSync(handle) }
}

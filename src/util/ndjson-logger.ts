import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from './logger'

const MAX_BYTES = 5_000_000

/**
 * Appends one JSON object a line to `file` (`time`, `level`, `source`, `message`, fields). A file above 5 MB is kept as `FILE.1` when the
 * process starts. Writes are synchronous so that the last line before a crash is there; a full or missing disk silences the log only.
 */
export function createNdjsonLogger(file: string, source: string): Logger {
  mkdirSync(dirname(file), { recursive: true })
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`)
  const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    try {
      appendFileSync(file, `${JSON.stringify({ time: new Date().toISOString(), level, source, message, ...fields })}\n`)
    } catch {
      // The log is the last resort; there is nowhere left to say that it can't be written.
    }
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  }
}

import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** Resolves once a log (NDJSON, in a folder that is there) has an entry with this message, written before or after the call; the test's own limit ends the wait. */
export async function logged(file: string, message: string): Promise<void> {
  const changes = watch(dirname(file))
  const has = async (): Promise<boolean> => (await readFile(file, 'utf8').catch(() => '')).split('\n').some((line) => messageOf(line) === message)
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => void has().then((found) => found && resolve(), reject)
      changes.on('change', (_event, name) => String(name) === basename(file) && look())
      changes.on('error', reject)
      look()
    })
  } finally {
    changes.close()
  }
}

/** Message of a line; empty where the line is still being written. */
function messageOf(line: string): string {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'message' in entry ? String(entry.message) : ''
  } catch {
    return ''
  }
}

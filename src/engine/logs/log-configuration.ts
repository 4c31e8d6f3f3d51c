import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfigText } from '../../config/config-text'
import type { TrainingConfig } from '../../contract/training-config'

export interface LogConfiguration {
  /** As it stands in the file; `{}` without one. */
  readonly text: string
  /** With defaults; null without one that can be used. */
  readonly config: TrainingConfig | null
  readonly model: string
  readonly dataset: string
  /** What could not be used of it, in a sentence. */
  readonly notice: string | null
}

const FILE = 'config.json'
const MAX_BYTES = 1_000_000
const NONE: LogConfiguration = { text: '{}', config: null, model: 'unknown', dataset: 'unknown', notice: null }

/** The configuration that the NNCF sample (and this program) leaves beside its event files, in the first of the folders that has one. */
export async function logConfiguration(folders: readonly string[]): Promise<LogConfiguration> {
  for (const folder of new Set(folders)) {
    const text = await textOf(join(folder, FILE))
    if (text === null) continue
    const { config, issues } = readConfigText(text)
    if (config !== null) return { text, config, model: config.model, dataset: config.dataset, notice: null }
    return { ...NONE, text, notice: `${FILE} is kept as text, but can't be used as a configuration: ${issues[0]?.message ?? ''}` }
  }
  return NONE
}

/** Null where there is no such file, or one that is no text of that size. */
async function textOf(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return null
  try {
    const found = await handle.stat()
    return found.isFile() && found.size <= MAX_BYTES ? await handle.readFile('utf8') : null
  } finally {
    await handle.close()
  }
}

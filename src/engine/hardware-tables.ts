import { readdir, readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { parse } from 'jsonc-parser'
import { StudioError } from '../contract/errors'
import { HardwareTable, type TrainingConfig } from '../contract/training-config'

const FOLDER = 'hardware'
const EXTENSION = /\.jsonc?$/

function refusal(message: string, found: string): StudioError {
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'compression.hardware', message, found }] })
}

/**
 * The configuration with the content of the table that it names, so that a run keeps what it counted by. A name is a file in `configs/hardware`
 * without its ending; else an absolute path is given. Throws CONFIG_INVALID where there is no such file, or it is no such table.
 */
export async function withHardwareTable(config: TrainingConfig, configsDir: string): Promise<TrainingConfig> {
  const { compression } = config
  if (compression?.hardware === undefined || compression.hardware_table !== undefined) return config
  const name = compression.hardware
  const path = isAbsolute(name) ? name : await shippedTable(name, join(configsDir, FOLDER))
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refusal(`The hardware table ${path} can't be read (${cause instanceof Error ? cause.message : String(cause)}). Name another one.`, name)
  })
  const table = HardwareTable.safeParse(parse(text))
  if (!table.success) {
    const [issue] = table.error.issues
    throw refusal(`${path} is no hardware table: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''} Correct the file.`, name)
  }
  return { ...config, compression: { ...compression, hardware_table: table.data } }
}

async function shippedTable(name: string, folder: string): Promise<string> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => EXTENSION.test(file))
  const file = files.find((one) => one.replace(EXTENSION, '') === name)
  if (file !== undefined) return join(folder, file)
  const known = files.map((one) => one.replace(EXTENSION, '')).sort().join(', ')
  throw refusal(`There is no hardware table "${name}". Name one of ${known}, or give the whole path of a file.`, name)
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Small files of a folder whose names end so. */
export function filesOf(folder: string, ending: RegExp, maxBytes = 5_000): Buffer[] {
  const names = readdirSync(folder).filter((name) => ending.test(name))
  return names.map((name) => readFileSync(join(folder, name))).filter(({ length }) => length <= maxBytes)
}

/** What `write` puts into a file. */
export async function written(write: (file: string) => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'fracbits-fuzz-'))
  try {
    await write(join(folder, 'file'))
    return await readFile(join(folder, 'file'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A reader of files as one of inputs. */
export const throughFile =
  (name: string, read: (file: string) => unknown) =>
  async (input: Buffer, scratch: string): Promise<unknown> => {
    const file = join(scratch, name)
    writeFileSync(file, input)
    return read(file)
  }

/** Inputs in `src/fuzz/corpus/<parser>/`: those that once went wrong, those that were made to do harm, and good ones that no test makes. */
export function savedInputs(root: string, parser: string): Buffer[] {
  const folder = join(root, 'src/fuzz/corpus', folderName(parser))
  try {
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

export const folderName = (parser: string): string =>
  parser
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

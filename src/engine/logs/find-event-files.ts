import { readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { StudioError } from '../../contract/errors'

const EVENT_FILE = /^events\.out\.tfevents\./
const MAX_FILES = 1_000
const MAX_ENTRIES = 200_000
const MAX_DEPTH = 8

export interface EventFiles {
  /** In the order in which they were begun: their names hold the second. `below` is their folder from the one that all share, '' for that one. */
  readonly files: readonly { readonly path: string; readonly below: string }[]
  /** The deepest folder that holds them all. */
  readonly folder: string
}

/** Event files in a folder and below it; links are not followed. Rejects with DATA_MISSING where there are none, with BAD_INPUT where there are too many. */
export async function findEventFiles(folder: string): Promise<EventFiles> {
  const found: string[] = []
  let entries = 0
  const look = async (at: string, depth: number): Promise<void> => {
    const names = await readdir(at, { withFileTypes: true }).catch((cause: unknown) => {
      throw new StudioError(
        'DATA_MISSING',
        `${at} can't be read (${cause instanceof Error ? cause.message : String(cause)}). Choose the folder that holds the event files.`,
        { cause },
      )
    })
    entries += names.length
    if (entries > MAX_ENTRIES) throw new StudioError('BAD_INPUT', `${folder} holds more than ${MAX_ENTRIES} files. Choose the folder of one run.`)
    for (const entry of names) if (entry.isFile() && EVENT_FILE.test(entry.name)) found.push(join(at, entry.name))
    if (found.length > MAX_FILES)
      throw new StudioError('BAD_INPUT', `${folder} holds more than ${MAX_FILES} event files. Choose the folder of one run.`)
    if (depth < MAX_DEPTH) for (const entry of names) if (entry.isDirectory()) await look(join(at, entry.name), depth + 1)
  }
  await look(folder, 0)
  const [first] = found
  if (first === undefined)
    throw new StudioError(
      'DATA_MISSING',
      `There are no event files of TensorBoard (events.out.tfevents.…) in ${folder}. Choose the folder that holds them.`,
    )
  const shared = found.reduce((common, path) => sharedFolder(common, dirname(path)), dirname(first))
  const startOf = (path: string): number => Number(/tfevents\.(\d+)/.exec(path)?.[1] ?? 0)
  const files = found.map((path) => ({ path, below: relative(shared, dirname(path)) }))
  return { files: files.sort((a, b) => startOf(a.path) - startOf(b.path) || a.path.localeCompare(b.path)), folder: shared }
}

function sharedFolder(one: string, other: string): string {
  let common = one
  while (relative(common, other).startsWith('..')) common = dirname(common)
  return common
}

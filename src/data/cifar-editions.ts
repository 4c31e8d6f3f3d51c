import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StudioError } from '../contract/errors'
import { readTarMembers } from './tar-members'

export type CifarName = 'cifar10' | 'cifar100'

/** One way in which a data set is published. */
export interface CifarEdition {
  /** The archive as it is published, and the folder that it unpacks to. */
  readonly archive: string
  readonly folder: string
  readonly train: readonly string[]
  readonly validation: readonly string[]
  /** Records after so many label bytes, or a pickled dictionary with its labels under this key. */
  readonly content: { readonly labelBytes: number } | { readonly labelKey: string }
}

const batches = (ending: string): string[] => [1, 2, 3, 4, 5].map((number) => `data_batch_${number}${ending}`)

const EDITIONS: Readonly<Record<CifarName, readonly CifarEdition[]>> = {
  cifar10: [
    {
      archive: 'cifar-10-binary.tar.gz',
      folder: 'cifar-10-batches-bin',
      train: batches('.bin'),
      validation: ['test_batch.bin'],
      content: { labelBytes: 1 },
    },
    {
      archive: 'cifar-10-python.tar.gz',
      folder: 'cifar-10-batches-py',
      train: batches(''),
      validation: ['test_batch'],
      content: { labelKey: 'labels' },
    },
  ],
  cifar100: [
    { archive: 'cifar-100-binary.tar.gz', folder: 'cifar-100-binary', train: ['train.bin'], validation: ['test.bin'], content: { labelBytes: 2 } },
    { archive: 'cifar-100-python.tar.gz', folder: 'cifar-100-python', train: ['train'], validation: ['test'], content: { labelKey: 'fine_labels' } },
  ],
}

/** The files of a data set that was found, unpacked or in its archive. */
export interface CifarFiles {
  readonly edition: CifarEdition
  /** Where a file is, for people. */
  nameOf(entry: string): string
  /** Gives the files one after another. Throws DATA_MISSING or DATA_CORRUPT. */
  read(entries: readonly string[]): AsyncGenerator<{ readonly entry: string; readonly bytes: Buffer }>
}

/** Finds a data set in `dir`, in the folder in it that its archive unpacks to, or in the archive itself: in `dir`, or `dir` is one. Throws DATA_MISSING. */
export async function findCifar(name: CifarName, dir: string): Promise<CifarFiles> {
  const found = await seekCifar(name, dir)
  if (found !== null) return found
  const archives = EDITIONS[name].map(({ archive }) => archive).join(' or ')
  const folders = EDITIONS[name].map(({ folder }) => folder).join(' or ')
  const layouts = EDITIONS[name].map(({ train, validation }) => [...train, ...validation].join(', ')).join('; or ')
  throw new StudioError(
    'DATA_MISSING',
    `The data set ${name} was not found in ${dir}. Put its archive ${archives} there, the folder ${folders}, or these files: ${layouts}.`,
  )
}

/** Whether `dir` holds the data set, in one of its versions, or is its archive. */
export const hasCifarFiles = async (name: CifarName, dir: string): Promise<boolean> => (await seekCifar(name, dir)) !== null

async function seekCifar(name: CifarName, dir: string): Promise<CifarFiles | null> {
  for (const edition of EDITIONS[name])
    for (const folder of [join(dir, edition.folder), dir]) if (await isFile(join(folder, edition.train[0] ?? ''))) return filesIn(edition, folder)
  for (const edition of EDITIONS[name])
    for (const archive of basename(dir) === edition.archive ? [dir] : [join(dir, edition.archive)])
      if (await isFile(archive)) return filesOfArchive(edition, archive)
  return null
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() ?? false

function filesIn(edition: CifarEdition, folder: string): CifarFiles {
  const nameOf = (entry: string): string => join(folder, entry)
  return {
    edition,
    nameOf,
    async *read(entries) {
      for (const entry of entries) yield { entry, bytes: await readWhole(nameOf(entry)) }
    },
  }
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('DATA_MISSING', `The data file ${file} cannot be read: ${detail}. Unpack the archive again.`, { cause })
  }
}

function filesOfArchive(edition: CifarEdition, archive: string): CifarFiles {
  const inside = (entry: string): string => `${edition.folder}/${entry}`
  return {
    edition,
    nameOf: (entry) => `${archive} (${inside(entry)})`,
    async *read(entries) {
      const members = await readTarMembers(archive, entries.map(inside))
      for (const entry of entries) yield { entry, bytes: members.get(inside(entry)) ?? Buffer.alloc(0) }
    },
  }
}

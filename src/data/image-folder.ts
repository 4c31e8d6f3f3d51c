import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../contract/errors'
import { byCodePoint } from './code-point-order'
import type { NamedFile } from './file-list'
import { walkFolder } from './walk-folder'

/** The folders of the two splits. */
export const SPLIT_FOLDERS = { train: 'train', validation: 'val' } as const

const LAYOUT = 'It must hold train/<class>/ and val/<class>/ with JPEG or PNG files.'

/** One split of an image folder. */
export interface ListedSplit {
  readonly root: string
  readonly files: readonly NamedFile[]
  readonly classNames: readonly string[]
}

/** Takes a sentence about something that was left out. */
export type Notice = (line: string) => void

/**
 * Lists `dir`/train and `dir`/val. The folders in a split are its classes, numbered in the order of their names (by code point); their files
 * come in the order of torchvision's ImageFolder. Names with a dot in front are not looked at. Throws DATA_MISSING, or DATA_CORRUPT when the
 * splits have other classes.
 */
export async function listImageFolder(dir: string, notice: Notice): Promise<{ readonly train: ListedSplit; readonly validation: ListedSplit }> {
  const train = await listSplit(dir, SPLIT_FOLDERS.train, notice)
  const validation = await listSplit(dir, SPLIT_FOLDERS.validation, notice)
  const onlyTrain = without(train.classNames, validation.classNames)
  const onlyValidation = without(validation.classNames, train.classNames)
  if (onlyTrain.length + onlyValidation.length > 0) {
    const missing = (split: string, names: readonly string[]): string => (names.length === 0 ? '' : ` ${split} lacks ${someOf(names)}.`)
    throw new StudioError(
      'DATA_CORRUPT',
      `The classes in ${train.root} and ${validation.root} differ:${missing('val', onlyTrain)}${missing('train', onlyValidation)} Give both folders the same classes.`,
    )
  }
  return { train, validation }
}

async function listSplit(dir: string, folder: string, notice: Notice): Promise<ListedSplit> {
  const root = join(dir, folder)
  const classNames = await classFolders(dir, root)
  const files: NamedFile[] = []
  for (const [label, name] of classNames.entries()) {
    const found = await walkFolder(root, name, [dir, root], notice)
    if (found.length === 0)
      notice(`The class folder ${join(root, name)} holds no JPEG or PNG files: the class keeps its number, but has no images in ${folder}.`)
    for (const file of found) files.push({ name: file, label })
  }
  if (files.length === 0) throw new StudioError('DATA_MISSING', `No images were found in ${root}. ${LAYOUT}`)
  return { root, files, classNames }
}

async function classFolders(dir: string, root: string): Promise<string[]> {
  let entries
  try {
    entries = await readdir(root, { withFileTypes: true })
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('DATA_MISSING', `The data set was not found in ${dir}: ${detail}. ${LAYOUT} Choose another folder, or put them there.`, {
      cause,
    })
  }
  const names: string[] = []
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(join(root, entry.name))))) names.push(entry.name)
  }
  if (names.length === 0) throw new StudioError('DATA_MISSING', `${root} holds no class folders. ${LAYOUT}`)
  return names.sort(byCodePoint)
}

/** A link that leads nowhere is no class. */
export const leadsToFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return names.filter((name) => !known.has(name))
}

const someOf = (names: readonly string[]): string => names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')

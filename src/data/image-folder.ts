import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../contract/errors'
import { byCodePoint } from './code-point-order'
import type { NamedFile } from './file-list'
import { walkFolder } from './walk-folder'

/** What the folders of the two splits may be called, the usual name first; capitals don't count. ImageNet has the first ones. */
export const SPLIT_NAMES = { train: ['train', 'training'], validation: ['val', 'valid', 'validation', 'test', 'testing'] } as const

const LAYOUT = 'It must hold train/<class>/ and val/<class>/ with JPEG or PNG files.'

/** Share of an undivided folder's images that is held out for validation. */
const HELD_OUT = 0.2

/** One split of an image folder. */
export interface ListedSplit {
  readonly root: string
  /** What stands before a file's name to make it a path within the data set: `train/`, or nothing where the folder is not divided. */
  readonly prefix: string
  readonly files: readonly NamedFile[]
  readonly classNames: readonly string[]
}

/** Both splits; their classes are the same. */
export interface ListedFolder {
  readonly train: ListedSplit
  readonly validation: ListedSplit
}

/** Takes a sentence about something that was left out. */
export type Notice = (line: string) => void

/**
 * Lists `dir`/train and `dir`/val. The folders in a split are its classes, numbered in the order of their names (by code point); their files
 * come in the order of torchvision's ImageFolder. Names with a dot in front are not looked at. Throws DATA_MISSING, or DATA_CORRUPT when the
 * splits have other classes. With `ownNames` the splits may have any of the usual names, and a folder without either is taken as class folders: of
 * each class the last fifth in order of names is held out for validation, so that photos taken one after the other, which are much alike, mostly
 * stay in one split.
 */
export async function listImageFolder(dir: string, notice: Notice, ownNames = false): Promise<ListedFolder> {
  const names = ownNames ? await splitNames(dir) : {}
  if (ownNames && names.train === undefined && names.validation === undefined) return divided(dir, notice)
  const train = await listSplit(dir, names.train ?? SPLIT_NAMES.train[0], notice)
  const validation = await listSplit(dir, names.validation ?? SPLIT_NAMES.validation[0], notice)
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

/** Names of the folders of the splits, as far as there are any. Nothing where the folder can't be read: whoever lists it says so. */
async function splitNames(dir: string): Promise<{ readonly train?: string | undefined; readonly validation?: string | undefined }> {
  const folders = await foldersIn(dir).catch(() => [])
  const named = (split: keyof typeof SPLIT_NAMES): string | undefined =>
    SPLIT_NAMES[split].flatMap((known) => folders.find((name) => name.toLowerCase() === known) ?? [])[0]
  return { train: named('train'), validation: named('validation') }
}

async function divided(dir: string, notice: Notice): Promise<ListedFolder> {
  const whole = await listSplit(dir, '', notice)
  const [train, validation]: [NamedFile[], NamedFile[]] = [[], []]
  for (const label of whole.classNames.keys()) {
    const files = whole.files.filter((file) => file.label === label)
    const heldOut = files.length < 2 ? 0 : Math.max(1, Math.round(HELD_OUT * files.length))
    train.push(...files.slice(0, files.length - heldOut))
    validation.push(...files.slice(files.length - heldOut))
  }
  if (validation.length === 0) throw new StudioError('DATA_MISSING', `${dir} is not divided into train/ and val/, and has too few images to hold some out. Give each class two or more.`)
  notice(`${dir} is not divided into train/ and val/: of each class the last fifth by name is held out for validation, ${validation.length} of ${whole.files.length} images.`)
  return { train: { ...whole, files: train }, validation: { ...whole, files: validation } }
}

/** `folder` empty lists `dir` itself. */
async function listSplit(dir: string, folder: string, notice: Notice): Promise<ListedSplit> {
  const root = join(dir, folder)
  const classNames = await classFolders(dir, root)
  const files: NamedFile[] = []
  for (const [label, name] of classNames.entries()) {
    const found = await walkFolder(root, name, folder === '' ? [root] : [dir, root], notice)
    if (found.length === 0)
      notice(`The class folder ${join(root, name)} holds no JPEG or PNG files: the class keeps its number, but has no images${folder === '' ? '' : ` in ${folder}`}.`)
    for (const file of found) files.push({ name: file, label })
  }
  if (files.length === 0) throw new StudioError('DATA_MISSING', `No images were found in ${root}. ${LAYOUT}`)
  return { root, prefix: folder === '' ? '' : `${folder}/`, files, classNames }
}

async function classFolders(dir: string, root: string): Promise<string[]> {
  let names
  try {
    names = await foldersIn(root)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('DATA_MISSING', `The data set was not found in ${dir}: ${detail}. ${LAYOUT} Choose another folder, or put them there.`, {
      cause,
    })
  }
  if (names.length === 0) throw new StudioError('DATA_MISSING', `${root} holds no class folders. ${LAYOUT}`)
  return names.sort(byCodePoint)
}

/** Folders in a folder and links to such; nothing hidden. */
export async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(join(folder, entry.name))))) names.push(entry.name)
  }
  return names
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

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { RecognisedFolder, RecognisedLayout, SplitFolder } from '../../contract/dataset-entities'
import { hasCifarFiles } from '../cifar-editions'
import { IDX_FILES } from '../idx-format'
import { foldersIn, SPLIT_NAMES } from '../image-folder'
import { isImageName } from '../walk-folder'

/** Class folders that are opened to see whether there are images at all. */
const LOOKED_INTO = 20

const EXPECTED =
  'Choose a folder with one folder of JPEG or PNG files for each class (perhaps inside train and val), with the archive or the unpacked files of CIFAR-10 or CIFAR-100, or with the four IDX files of MNIST or Fashion-MNIST.'

/**
 * Finds out how a folder's images lie, by names alone; looks one folder further down when the folder itself is none. A file of a packed set
 * stands for its folder.
 */
export async function recogniseFolder(folder: string): Promise<RecognisedFolder> {
  const none = (problem: string): RecognisedFolder => ({ folder, choices: [], certain: false, problem })
  try {
    const found = await stat(folder)
    const packed = found.isFile() ? await packedAround(folder) : null
    if (packed !== null) return packed
    if (found.isFile()) return none(`${folder} is a file. Unpack it if it is an archive, and choose the folder that holds the images.`)
    const choices = await choicesIn(folder)
    if (choices.length > 0) return { folder, choices, certain: isCertain(folder, choices), problem: null }
    const inner = await innerDataset(folder)
    if (inner !== null) return inner
    const archive = (await readdir(folder)).find((name) => /\.(tar|tgz|tar\.gz|zip)$/i.test(name))
    return none(
      archive === undefined ? `No data set was found in ${folder}. ${EXPECTED}` : `${folder} holds the archive ${archive}. Unpack it there and choose the folder again.`,
    )
  } catch (cause) {
    return none(`${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Choose another folder, or check that you may read it.`)
  }
}

/** The packed set that a file belongs to: an archive of CIFAR, or a file of MNIST among its three companions. */
async function packedAround(file: string): Promise<RecognisedFolder | null> {
  const folder = dirname(file)
  const isIdx = IDX_NAMES.includes(basename(file).replace(/\.gz$/, ''))
  const choices = isIdx ? idxChoices(folder, await readdir(folder)) : await cifarChoices(file)
  return choices.length === 0 ? null : { folder, choices, certain: isCertain(folder, choices), problem: null }
}

async function innerDataset(folder: string): Promise<RecognisedFolder | null> {
  const found: RecognisedFolder[] = []
  for (const name of (await foldersIn(folder)).slice(0, LOOKED_INTO)) {
    const inner = join(folder, name)
    const choices = await choicesIn(inner).catch(() => [])
    if (choices.length > 0) found.push({ folder: inner, choices, certain: isCertain(inner, choices), problem: null })
  }
  const [only] = found
  return found.length === 1 && only !== undefined ? only : null
}

/** MNIST and Fashion-MNIST have files of the same names; the folder's name may tell. */
function isCertain(folder: string, choices: readonly RecognisedLayout[]): boolean {
  return choices.length === 1 || (choices[0]?.layout === 'fashion_mnist' && /fashion/i.test(folder))
}

async function choicesIn(folder: string): Promise<RecognisedLayout[]> {
  const choices = [...(await cifarChoices(folder)), ...idxChoices(folder, await readdir(folder))]
  return choices.length > 0 ? choices : folderChoices(folder)
}

const packed = (layout: RecognisedLayout['layout'], title: string, detail: string): RecognisedLayout => ({ layout, splits: [], title, detail })

/** `place` is a folder, or an archive itself. */
async function cifarChoices(place: string): Promise<RecognisedLayout[]> {
  const choices: RecognisedLayout[] = []
  if (await hasCifarFiles('cifar10', place)) choices.push(packed('cifar10', 'CIFAR-10', '10 classes, 32 x 32 in colour'))
  if (await hasCifarFiles('cifar100', place)) choices.push(packed('cifar100', 'CIFAR-100', '100 classes, 32 x 32 in colour'))
  return choices
}

const IDX_NAMES: readonly string[] = Object.values(IDX_FILES).flatMap(({ images, labels }) => [images, labels])

function idxChoices(folder: string, names: readonly string[]): RecognisedLayout[] {
  if (!IDX_NAMES.every((name) => names.includes(name) || names.includes(`${name}.gz`))) return []
  const fashion = packed('fashion_mnist', 'Fashion-MNIST', '10 kinds of clothes, 28 x 28 grey')
  const digits = packed('mnist', 'MNIST', 'handwritten digits, 28 x 28 grey')
  return /fashion/i.test(folder) || !/mnist/i.test(folder) ? [fashion, digits] : [digits, fashion]
}

async function folderChoices(folder: string): Promise<RecognisedLayout[]> {
  const folders = await foldersIn(folder)
  const named = (split: SplitFolder['split']): SplitFolder[] => {
    const name = SPLIT_NAMES[split].map((known) => folders.find((entry) => entry.toLowerCase() === known)).find((entry) => entry !== undefined)
    return name === undefined ? [] : [{ split, folder: name }]
  }
  const splits = [...named('train'), ...named('validation')]
  const isDivided = splits.length > 0 && (await anyHoldImages(folder, splits.map((split) => split.folder), 2))
  const others = folders.filter((name) => !splits.some((split) => split.folder === name))
  const divided: RecognisedLayout = {
    layout: 'split-folders',
    splits,
    title: 'Class folders, divided',
    detail: splits.map(({ split, folder: name }) => `${name}/<class>/ for ${split === 'train' ? 'training' : 'validation'}`).join(', '),
  }
  const whole: RecognisedLayout = { layout: 'class-folders', splits: [], title: 'Class folders, not divided', detail: `${folders.length} folders, each a class` }
  if (isDivided) return splits.length === 1 || others.length > 0 ? [divided, whole] : [divided]
  return (await anyHoldImages(folder, folders, 1)) ? [whole] : []
}

/** Whether one of the folders (or, with depth 2, of their folders) has image files in it. */
async function anyHoldImages(parent: string, names: readonly string[], depth: number): Promise<boolean> {
  for (const name of names.slice(0, LOOKED_INTO)) {
    const folder = join(parent, name)
    const entries = await readdir(folder).catch(() => [])
    if (depth === 1 ? entries.some(isImageName) : await anyHoldImages(folder, await foldersIn(folder).catch(() => []), depth - 1)) return true
  }
  return false
}

import type { DatasetName } from '../contract/models'
import type { CifarName } from './cifar-editions'
import { readCifarSplit } from './cifar-format'
import type { DecodeOptions } from './decode-image'
import { fileName, packFileList } from './file-list'
import { listImageFolder } from './image-folder'
import type { ImageSources } from './image-source'
import { type ImageStore, readIdxSplit } from './image-store'
import { imagesAt, type IsExcluded, keptImages, packedName } from './kept-images'
import type { ReducedImagesOptions } from './reduced-images'
import { DATASET_FACTS } from './statistics'

export interface SourceOptions {
  readonly name: DatasetName
  /** Absolute folder with the data set's files. */
  readonly dir: string
  readonly limit: { readonly train: number; readonly validation: number }
  readonly mockImages: number
  readonly decoding: DecodeOptions
  /** Where the files of each split are kept reduced; null keeps none. */
  readonly reduced: Readonly<Record<'train' | 'validation', ReducedImagesOptions>> | null
  /** Images that are left out before anything else is done with them; absent keeps all. */
  readonly isExcluded?: IsExcluded | undefined
  readonly notice: (line: string) => void
}

type Split = 'train' | 'validation'

export interface OpenedSources {
  readonly sources: ImageSources
  readonly classNames: readonly string[]
  /** Places of the images that were left out, in each split as it is listed. */
  readonly excluded: Readonly<Record<Split, readonly number[]>>
  /** Names in the data set of the images of each split, by place. */
  readonly nameOf: Readonly<Record<Split, (index: number) => string>>
}

/** Finds the images of a data set by its name: small sets are read into memory, of folders only the names. Throws DATA_MISSING or DATA_CORRUPT. */
export async function openSources(options: SourceOptions): Promise<OpenedSources> {
  const { name, dir, limit, isExcluded } = options
  if (name === 'imagenet' || name === 'folder') {
    const listed = await listImageFolder(dir, options.notice, name === 'folder')
    const chosen = (split: Split) => {
      const { root, prefix, files } = listed[split]
      const { kept, excluded } = keptImages(split, files.length, (place) => `${prefix}${files[place]?.name ?? ''}`, isExcluded)
      const used = kept.flatMap((place) => files[place] ?? [])
      const list = packFileList(root, used, limit[split])
      const source = { kind: 'files' as const, files: list, decoding: options.decoding, reduced: options.reduced?.[split] ?? null }
      return { source, excluded, nameOf: (index: number) => `${prefix}${fileName(list, index)}` }
    }
    return { ...bothSplits(chosen('train'), chosen('validation')), classNames: listed.train.classNames }
  }
  const classNames = DATASET_FACTS[name].classNames ?? []
  if (name === 'mock_32x32' || name === 'mock_299x299') {
    const source = (split: Split) => ({ source: { kind: 'black' as const, count: Math.min(options.mockImages, limit[split]) }, excluded: [], nameOf: (index: number) => packedName(split, index) })
    return { ...bothSplits(source('train'), source('validation')), classNames }
  }
  const cifar: CifarName | null = name === 'cifar10' ? 'cifar10' : name === 'cifar100' || name === 'cifar100_224x224' ? 'cifar100' : null
  const read = (split: Split, atMost: number): Promise<ImageStore> =>
    cifar === null ? readIdxSplit(dir, split, classNames.length, atMost) : readCifarSplit(cifar, dir, split, classNames.length, atMost)
  const chosen = async (split: Split) => {
    const resizeFirst = name === 'cifar100_224x224'
    if (isExcluded === undefined) return { source: { kind: 'memory' as const, store: await read(split, limit[split]), resizeFirst }, excluded: [], nameOf: (index: number) => packedName(split, index) }
    const whole = await read(split, Infinity)
    const { kept, excluded } = keptImages(split, whole.count, (place) => packedName(split, place), isExcluded)
    return { source: { kind: 'memory' as const, store: imagesAt(whole, kept.slice(0, limit[split])), resizeFirst }, excluded, nameOf: (index: number) => packedName(split, kept[index] ?? index) }
  }
  return { ...bothSplits(await chosen('train'), await chosen('validation')), classNames }
}

interface ChosenImages {
  readonly source: ImageSources['train']
  readonly excluded: readonly number[]
  readonly nameOf: (index: number) => string
}

const bothSplits = (train: ChosenImages, validation: ChosenImages): Pick<OpenedSources, 'sources' | 'excluded' | 'nameOf'> => ({
  sources: { train: train.source, validation: validation.source },
  excluded: { train: train.excluded, validation: validation.excluded },
  nameOf: { train: train.nameOf, validation: validation.nameOf },
})

import type { DatasetName } from '../contract/models'
import type { CifarName } from './cifar-editions'
import { readCifarSplit } from './cifar-format'
import type { DecodeOptions } from './decode-image'
import { packFileList } from './file-list'
import { listImageFolder } from './image-folder'
import type { ImageSources } from './image-source'
import { type ImageStore, readIdxSplit } from './image-store'
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
  readonly notice: (line: string) => void
}

/** Finds the images of a data set by its name: small sets are read into memory, of folders only the names. Throws DATA_MISSING or DATA_CORRUPT. */
export async function openSources(options: SourceOptions): Promise<{ readonly sources: ImageSources; readonly classNames: readonly string[] }> {
  const { name, dir, limit } = options
  if (name === 'imagenet' || name === 'folder') {
    const listed = await listImageFolder(dir, options.notice)
    const source = (split: 'train' | 'validation') => {
      const { root, files } = listed[split]
      return { kind: 'files' as const, files: packFileList(root, files, limit[split]), decoding: options.decoding, reduced: options.reduced?.[split] ?? null }
    }
    return { sources: { train: source('train'), validation: source('validation') }, classNames: listed.train.classNames }
  }
  const classNames = DATASET_FACTS[name].classNames ?? []
  if (name === 'mock_32x32' || name === 'mock_299x299') {
    const source = (split: 'train' | 'validation') => ({ kind: 'black' as const, count: Math.min(options.mockImages, limit[split]) })
    return { sources: { train: source('train'), validation: source('validation') }, classNames }
  }
  const cifar: CifarName | null = name === 'cifar10' ? 'cifar10' : name === 'cifar100' || name === 'cifar100_224x224' ? 'cifar100' : null
  const read = (split: 'train' | 'validation'): Promise<ImageStore> =>
    cifar === null ? readIdxSplit(dir, split, classNames.length, limit[split]) : readCifarSplit(cifar, dir, split, classNames.length, limit[split])
  const source = async (split: 'train' | 'validation') => ({
    kind: 'memory' as const,
    store: await read(split),
    resizeFirst: name === 'cifar100_224x224',
  })
  return { sources: { train: await source('train'), validation: await source('validation') }, classNames }
}

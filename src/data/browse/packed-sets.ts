import { StudioError } from '../../contract/errors'
import type { DatasetSource } from '../../contract/image-service'
import { readCifarSplit } from '../cifar-format'
import { type ImageStore, readIdxSplit } from '../image-store'
import type { Pixels } from '../pixels'
import { DATASET_FACTS } from '../statistics'

type Split = 'train' | 'validation'

/** Splits of packed data sets in memory; the two that were used last stay. */
export interface PackedSets {
  /** Throws DATA_MISSING or DATA_CORRUPT. */
  open(source: DatasetSource, split: Split): Promise<ImageStore>
  /** The store and place of an image, by its name; null in a set of files. */
  find(source: DatasetSource, path: string): Promise<{ readonly store: ImageStore; readonly index: number } | null>
}

const KEPT = 2

export function createPackedSets(): PackedSets {
  const kept = new Map<string, Promise<ImageStore>>()
  const read = (source: DatasetSource, split: Split): Promise<ImageStore> => {
    const { layout, folder } = source
    if (layout === 'split-folders' || layout === 'class-folders') throw new StudioError('INTERNAL', 'Folders of files are not packed.')
    const classes = DATASET_FACTS[layout].classNames?.length ?? 0
    return layout === 'cifar10' || layout === 'cifar100' ? readCifarSplit(layout, folder, split, classes) : readIdxSplit(folder, split, classes)
  }
  const open: PackedSets['open'] = (source, split) => {
    const key = JSON.stringify([source.layout, source.folder, split])
    const known = kept.get(key)
    if (known !== undefined) return known
    const reading = read(source, split)
    kept.set(key, reading)
    reading.catch(() => kept.delete(key))
    for (const old of [...kept.keys()].slice(0, -KEPT)) kept.delete(old)
    return reading
  }
  return {
    open,
    async find(source, path) {
      if (source.layout === 'split-folders' || source.layout === 'class-folders') return null
      const [split, number = ''] = path.split('/')
      const store = await open(source, split === 'validation' ? 'validation' : 'train')
      const index = Number(number)
      if (!Number.isInteger(index) || index >= store.count) throw new StudioError('DATA_CORRUPT', `it is no longer part of the data set, which has ${store.count} images there`)
      return { store, index }
    },
  }
}

/** An image of a packed set in colour. */
export function packedPixels(store: ImageStore, index: number): Pixels {
  const { width, height, channels } = store
  const size = width * height
  const stored = store.pixels.subarray(index * size * channels, (index + 1) * size * channels)
  if (channels === 3) return { width, height, data: stored }
  const data = new Uint8Array(size * 3)
  for (let pixel = 0; pixel < size; pixel++) data.fill(stored[pixel] ?? 0, pixel * 3, pixel * 3 + 3)
  return { width, height, data }
}

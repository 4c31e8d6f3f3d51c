import type { DecodeOptions } from './decode-image'
import { createFilePlacer } from './file-images'
import type { FileList } from './file-list'
import type { ImagePlacer } from './image-placer'
import type { ImageStore } from './image-store'
import { createMemoryPlacer } from './memory-images'
import type { ImageShape } from './pixels'
import type { ReducedImagesOptions } from './reduced-images'

/** Where the images of a split are and how they become the network's input. Threads share all of it. */
export type ImageSource =
  | {
      readonly kind: 'memory'
      readonly store: ImageStore
      /** Bring images to the wanted size first; else smaller ones are centred on black. */
      readonly resizeFirst: boolean
    }
  | { readonly kind: 'files'; readonly files: FileList; readonly decoding: DecodeOptions; readonly reduced: ReducedImagesOptions | null }
  /** Black images of class 0. */
  | { readonly kind: 'black'; readonly count: number }

export type ImageSources = Readonly<Record<'train' | 'validation', ImageSource>>

export function createImagePlacer(source: ImageSource, shape: ImageShape): ImagePlacer {
  if (source.kind === 'memory') return createMemoryPlacer(source.store, shape, source.resizeFirst)
  if (source.kind === 'files') return createFilePlacer(source.files, shape, source)
  return { count: source.count, place: () => 0, nameOf: (index) => `image ${index}` }
}

export function imageCount(source: ImageSource): number {
  if (source.kind === 'memory') return source.store.count
  return source.kind === 'files' ? source.files.count : source.count
}

import type { ErrorShape } from '../../contract/errors'
import type { DatasetSource, ImageService, Likeness, ListedImage } from '../../contract/image-service'
import type { ViewOptions } from './network-views'

/** One task of a thread; its method of `ImageService` says what it does. */
export type ImageJob =
  | { readonly method: 'recognise'; readonly folder: string }
  | { readonly method: 'list'; readonly source: DatasetSource }
  | { readonly method: 'read'; readonly source: DatasetSource; readonly paths: readonly string[] }
  | { readonly method: 'compare'; readonly images: readonly Likeness[]; readonly thumbnails: string }
  | { readonly method: 'open'; readonly source: DatasetSource; readonly path: string }
  | { readonly method: 'views'; readonly source: DatasetSource; readonly path: string; readonly options: ViewOptions }

export type ImageJobOutput<M extends ImageJob['method']> = Awaited<ReturnType<ImageService[M]>>

/** To the thread. */
export type ToImageWorker = { readonly type: 'job'; readonly id: number; readonly job: ImageJob } | { readonly type: 'cancel'; readonly id: number }

/** From the thread. */
export type FromImageWorker =
  | { readonly type: 'listed'; readonly id: number; readonly images: readonly ListedImage[] }
  | { readonly type: 'done'; readonly id: number; readonly output: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorShape }

import type { ErrorShape } from '../contract/errors'
import type { FillRequest, SkippedImage } from './fill-batch'
import type { ImageSources } from './image-source'
import type { ImageShape } from './pixels'

/** What a loader worker is started with; pixels and names are shared, not copied. */
export interface LoaderWorkerData {
  readonly sources: ImageSources
  readonly shape: ImageShape
}

/** To the worker. */
export interface FillMessage {
  readonly job: number
  readonly request: FillRequest
}

/** From the worker: the batch is in memory, or cannot be made. */
export type FilledMessage =
  { readonly job: number; readonly skipped: readonly SkippedImage[]; readonly error?: never } | { readonly job: number; readonly error: ErrorShape }

import type { ImageStores } from './batch-filler'
import type { FillRequest, ImageShape } from './fill-batch'

/** What a loader worker is started with; the pixels are shared, not copied. */
export interface LoaderWorkerData {
  readonly stores: ImageStores
  readonly shape: ImageShape
}

/** To the worker. */
export interface FillMessage {
  readonly job: number
  readonly request: FillRequest
}

/** From the worker, when the batch is in memory. */
export interface FilledMessage {
  readonly job: number
}

import { type FillRequest, fillBatch, type SkippedImage } from './fill-batch'
import { createImagePlacer, type ImageSources } from './image-source'
import type { ImageShape } from './pixels'

/** Who makes batches: this thread or a pool of workers. */
export interface BatchFiller {
  /** Batches worth preparing before they are asked for; 0 where preparing would only block. */
  readonly ahead: number
  /** Resolves when the request's memory holds the batch, with the images that could not be used. */
  fill(request: FillRequest): Promise<readonly SkippedImage[]>
  /** Ends everything at once; open requests are rejected. */
  close(): Promise<void>
}

/** Makes batches in the calling thread at the moment they are asked for. */
export function createThreadlessFiller(sources: ImageSources, shape: ImageShape): BatchFiller {
  const placers = { train: createImagePlacer(sources.train, shape), validation: createImagePlacer(sources.validation, shape) }
  return {
    ahead: 0,
    fill: async (request) => fillBatch(placers[request.split], shape, request),
    close: async () => undefined,
  }
}

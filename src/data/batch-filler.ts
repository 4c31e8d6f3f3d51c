import { fillBatch, type FillRequest, type ImageShape } from './fill-batch'
import type { ImageStore } from './image-store'

/** Who makes batches: this thread or a pool of workers. */
export interface BatchFiller {
  /** Batches worth preparing before they are asked for; 0 where preparing would only block. */
  readonly ahead: number
  /** Resolves when the request's memory holds the batch. */
  fill(request: FillRequest): Promise<void>
  /** Ends everything at once; open requests are rejected. */
  close(): Promise<void>
}

export type ImageStores = Readonly<Record<'train' | 'validation', ImageStore>>

/** Makes batches in the calling thread at the moment they are asked for. */
export function createThreadlessFiller(stores: ImageStores, shape: ImageShape): BatchFiller {
  return {
    ahead: 0,
    fill: async (request) => fillBatch(stores[request.split], shape, request),
    close: async () => undefined,
  }
}

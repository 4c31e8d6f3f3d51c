import { parentPort, workerData } from 'node:worker_threads'
import { StudioError, toErrorShape } from '../contract/errors'
import { fillBatch } from './fill-batch'
import { createImagePlacer } from './image-source'
import type { FilledMessage, FillMessage, LoaderWorkerData } from './loader-messages'

// Entry of a loader thread: fills batches in shared memory, one after another, until it is terminated.
// A data set that gives out is reported; any other failure is a defect and ends the thread, which the pool reports.

if (parentPort === null) throw new Error('loader-worker is started by the worker pool, not by hand')
const port = parentPort
const { sources, shape } = workerData as LoaderWorkerData
const placers = { train: createImagePlacer(sources.train, shape), validation: createImagePlacer(sources.validation, shape) }

port.on('message', ({ job, request }: FillMessage) => {
  try {
    const skipped = fillBatch(placers[request.split], shape, request)
    port.postMessage({ job, skipped } satisfies FilledMessage)
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    port.postMessage({ job, error: toErrorShape(error) } satisfies FilledMessage)
  }
})

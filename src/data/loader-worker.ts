import { parentPort, workerData } from 'node:worker_threads'
import { fillBatch } from './fill-batch'
import type { FilledMessage, FillMessage, LoaderWorkerData } from './loader-messages'

// Entry of a loader thread: fills batches in shared memory, one after another, until it is terminated.
// A failure ends the thread; the pool reports it.

if (parentPort === null) throw new Error('loader-worker is started by the worker pool, not by hand')
const port = parentPort
const { stores, shape } = workerData as LoaderWorkerData

port.on('message', ({ job, request }: FillMessage) => {
  fillBatch(stores[request.split], shape, request)
  port.postMessage({ job } satisfies FilledMessage)
})

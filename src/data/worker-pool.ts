import { Worker } from 'node:worker_threads'
import { fromErrorShape, StudioError } from '../contract/errors'
import type { BatchFiller } from './batch-filler'
import { divideRequest } from './divide-request'
import type { FillRequest, SkippedImage } from './fill-batch'
import type { ImageSources } from './image-source'
import type { FilledMessage, FillMessage, LoaderWorkerData } from './loader-messages'
import { loaderWorkerFile } from './loader-worker-file'
import type { ImageShape } from './pixels'

/** Batches queued or ready per worker. The training thread blocks for whole steps, so workers must not wait for its event loop. */
const BATCHES_PER_WORKER = 3

interface Job {
  readonly worker: Worker
  resolve(skipped: readonly SkippedImage[]): void
  reject(error: StudioError): void
}

/** Threads that make batches. A thread that dies makes every open and later request fail with INTERNAL. */
export function createWorkerPool(workers: number, sources: ImageSources, shape: ImageShape): BatchFiller {
  const file = loaderWorkerFile()
  const jobs = new Map<number, Job>()
  const load = new Map<Worker, number>()
  let nextJob = 0
  let ended: StudioError | null = null

  const end = (error: StudioError): void => {
    ended ??= error
    for (const job of jobs.values()) job.reject(ended)
    jobs.clear()
  }

  const start = (): Worker => {
    const worker = new Worker(file, { workerData: { sources, shape } satisfies LoaderWorkerData, name: 'data-loader' })
    worker.on('message', (message: FilledMessage) => {
      const job = jobs.get(message.job)
      if (job === undefined) return
      jobs.delete(message.job)
      load.set(worker, (load.get(worker) ?? 1) - 1)
      if (message.error === undefined) job.resolve(message.skipped)
      else job.reject(fromErrorShape(message.error))
    })
    worker.on('error', (cause) => end(workerGone(cause instanceof Error ? cause.message : String(cause), cause)))
    worker.on('exit', (code) => end(workerGone(`it exited with code ${code}`)))
    return worker
  }
  for (let count = 0; count < workers; count++) load.set(start(), 0)

  const leastLoaded = (): Worker | undefined =>
    [...load].reduce<[Worker, number] | undefined>((best, entry) => (best && best[1] <= entry[1] ? best : entry), undefined)?.[0]

  const send = (request: FillRequest): Promise<readonly SkippedImage[]> =>
    new Promise((resolve, reject) => {
      const worker = leastLoaded()
      if (ended !== null || worker === undefined) return reject(ended ?? workerGone('there is none'))
      const job = nextJob++
      jobs.set(job, { worker, resolve, reject })
      load.set(worker, (load.get(worker) ?? 0) + 1)
      worker.postMessage({ job, request } satisfies FillMessage)
    })

  return {
    ahead: workers * BATCHES_PER_WORKER,

    async fill(request) {
      // The memory may be used again only when no thread writes into it any more: wait for all, also after a failure.
      const outcomes = await Promise.allSettled(divideRequest(request, workers).map(send))
      return outcomes.flatMap((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      })
    },

    async close() {
      end(new StudioError('CANCELLED', 'The data set was closed while batches were being prepared.'))
      const threads = [...load.keys()]
      load.clear()
      await Promise.all(threads.map((worker) => worker.terminate()))
    },
  }
}

function workerGone(detail: string, cause?: unknown): StudioError {
  const message = `A data worker stopped: ${detail}. Resume the run; if it happens again, use 0 workers.`
  return new StudioError('INTERNAL', message, cause === undefined ? {} : { cause })
}

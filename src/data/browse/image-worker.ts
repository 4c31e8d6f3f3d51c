import { parentPort } from 'node:worker_threads'
import { toErrorShape } from '../../contract/errors'
import { createImageDecoder } from '../decode-image'
import { createResampler } from '../resample'
import { createFactReader } from './image-facts'
import { findLikePairs } from './likeness'
import { listImages } from './list-images'
import { networkViews } from './network-views'
import { named, openImage } from './open-image'
import { createPackedSets } from './packed-sets'
import { recogniseFolder } from './recognise-folder'
import type { FromImageWorker, ImageJob, ToImageWorker } from './worker-messages'

// Entry of a thread that looks at images for the pages that show them. One job at a time is sent to it; a cancellation may come in between.

if (parentPort === null) throw new Error('image-worker is started by the image service, not by hand')
const port = parentPort
const packed = createPackedSets()
const facts = createFactReader(packed)
const cancelled = new Set<number>()

const send = (message: FromImageWorker): void => port.postMessage(message)

async function work(id: number, job: ImageJob): Promise<unknown> {
  switch (job.method) {
    case 'recognise':
      return recogniseFolder(job.folder)
    case 'list':
      return listImages(
        job.source,
        packed,
        (images) => send({ type: 'listed', id, images }),
        () => cancelled.has(id),
      )
    case 'read': {
      const found = []
      for (const path of job.paths) found.push(await facts.read(job.source, path))
      return found
    }
    case 'compare':
      return findLikePairs(job.images, job.thumbnails, createImageDecoder({ applyExifOrientation: false, scaleGrey16: false }), createResampler(), () => cancelled.has(id))
    case 'open':
      return openImage(job.source, job.path, facts, packed)
    case 'views':
      return named(job.path, () => networkViews(job.source, job.path, job.options, facts, packed))
  }
}

port.on('message', (message: ToImageWorker) => {
  if (message.type === 'cancel') return void cancelled.add(message.id)
  const { id, job } = message
  void work(id, job)
    .then(
      (output) => send({ type: 'done', id, output }),
      (error: unknown) => send({ type: 'failed', id, error: toErrorShape(error) }),
    )
    .finally(() => cancelled.delete(id))
})

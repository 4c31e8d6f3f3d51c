import type { Batch } from '../../data/batch'
import { openDataset } from '../../data/open-dataset'
import { findDemoData } from '../../util/paths'

export interface RecordedImages {
  readonly train: readonly Batch[]
  readonly evaluation: readonly Batch[]
}

/** The first Fashion-MNIST images in file order, in batches of `size`; a sentence that says what to do where they are missing. */
export async function recordedImages(counts: { train: number; evaluation: number; size: number }): Promise<RecordedImages | string> {
  const { available, directory, problem } = await findDemoData()
  if (!available) return problem ?? `The images in ${directory} are not complete.`
  const dataset = await openDataset({ name: 'fashion_mnist', dir: directory, workers: 0, channels: 1, height: 28, width: 28, limit: { train: counts.train, validation: counts.evaluation } })
  const batchesOf = async (split: 'train' | 'validation'): Promise<Batch[]> => {
    const loader = dataset.pass({ split, batchSize: counts.size })
    const batches: Batch[] = []
    try {
      for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
        batches.push({ images: Uint8Array.from(batch.images), labels: Int32Array.from(batch.labels), step: batch.step, release: () => undefined })
        batch.release()
      }
    } finally {
      await loader.close()
    }
    return batches
  }
  try {
    return { train: await batchesOf('train'), evaluation: await batchesOf('validation') }
  } finally {
    await dataset.close()
  }
}

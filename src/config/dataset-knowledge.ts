import type { DatasetName } from '../contract/models'
import type { TrainingConfig } from '../contract/training-config'

export interface DatasetKnowledge {
  readonly trainImages: number | null
  readonly classes: number | null
  /** Height, width and channels of an image as stored; null where they differ. */
  readonly image: { readonly height: number; readonly width: number; readonly channels: number } | null
}

const square = (size: number, channels: number) => ({ height: size, width: size, channels })

/** What is known of a data set by its name, before anybody has looked at its files. */
export const DATASET_KNOWLEDGE: Readonly<Record<DatasetName, DatasetKnowledge>> = {
  imagenet: { trainImages: 1_281_167, classes: 1000, image: null },
  cifar100: { trainImages: 50_000, classes: 100, image: square(32, 3) },
  cifar10: { trainImages: 50_000, classes: 10, image: square(32, 3) },
  cifar100_224x224: { trainImages: 50_000, classes: 100, image: square(224, 3) },
  mock_32x32: { trainImages: null, classes: null, image: square(32, 3) },
  mock_299x299: { trainImages: null, classes: null, image: square(299, 3) },
  fashion_mnist: { trainImages: 60_000, classes: 10, image: square(28, 1) },
  mnist: { trainImages: 60_000, classes: 10, image: square(28, 1) },
  folder: { trainImages: null, classes: null, image: null },
}

/** Training images of a run, as far as they are known without its data. */
export function trainImagesOf({ dataset, data_limit, num_mock_images }: TrainingConfig): number | null {
  const known = dataset.startsWith('mock_') ? num_mock_images : DATASET_KNOWLEDGE[dataset].trainImages
  const limit = data_limit?.train
  if (known === null) return limit ?? null
  return limit === undefined ? known : Math.min(known, limit)
}

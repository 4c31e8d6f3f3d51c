import { withValues } from '../../../../src/config/edit-text'
import type { DatasetSummary } from '../../../../src/contract/dataset-entities'

/** The shipped configuration that a data set of one's own begins with. */
export const PHOTOS = 'preset:photos'

/** Of class folders that are not divided, training takes what it does not hold out for validation. */
const TRAINED_SHARE = 0.8
/** An epoch has at least so many steps. */
const LEAST_STEPS = 4
const MOST_BATCH = 32

type Packed = Exclude<DatasetSummary['layout'], 'split-folders' | 'class-folders'>
const SAMPLE_SIZE: Readonly<Record<Packed, readonly number[]>> = {
  cifar10: [1, 3, 32, 32],
  cifar100: [1, 3, 32, 32],
  fashion_mnist: [1, 1, 28, 28],
  mnist: [1, 1, 28, 28],
}

/** The text of a configuration with the name, the kind, the classes and the image size of a data set, and with a batch that fits into it. */
export function configForDataset(text: string, { name, layout, classes, images, splitCounts }: DatasetSummary): string {
  const trained = splitCounts.train > 0 ? splitCounts.train : Math.floor(TRAINED_SHARE * images)
  const isFolder = layout === 'split-folders' || layout === 'class-folders'
  return withValues(text, [
    { path: ['name'], value: name },
    { path: ['dataset'], value: isFolder ? 'folder' : layout },
    { path: ['num_classes'], value: classes },
    { path: ['batch_size'], value: Math.max(1, Math.min(MOST_BATCH, Math.floor(trained / LEAST_STEPS))) },
    ...(isFolder ? [] : [{ path: ['input_info', 'sample_size'], value: SAMPLE_SIZE[layout] }]),
  ])
}

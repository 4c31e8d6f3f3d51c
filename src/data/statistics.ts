import type { DatasetName } from '../contract/models'

export interface DatasetFacts {
  /** Mean and standard deviation of the training pixels on the 0..1 scale, per stored channel. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly classNames: readonly string[]
}

/** What is known about each data set without reading it. */
export const DATASET_FACTS = {
  fashion_mnist: {
    mean: [0.286],
    std: [0.353],
    classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  },
  mnist: {
    mean: [0.1307],
    std: [0.3081],
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  },
} as const satisfies Partial<Record<DatasetName, DatasetFacts>>

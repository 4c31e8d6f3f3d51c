import type { DatasetName } from '../contract/models'
import { CIFAR100_CLASSES } from './cifar100-classes'

export interface DatasetFacts {
  /** Mean and standard deviation that normalise pixels on the 0..1 scale, per stored channel. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Null where the folders of the data set are its classes. */
  readonly classNames: readonly string[] | null
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], classNames: null }
const CIFAR100 = { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2761], classNames: CIFAR100_CLASSES }
const MOCK = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], classNames: ['black'] }

/** What is known about each data set without reading it (spec 11). */
export const DATASET_FACTS: Readonly<Record<DatasetName, DatasetFacts>> = {
  imagenet: IMAGENET,
  folder: IMAGENET,
  cifar10: {
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2471, 0.2435, 0.2616],
    classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  },
  cifar100: CIFAR100,
  cifar100_224x224: CIFAR100,
  mock_32x32: MOCK,
  mock_299x299: MOCK,
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
}

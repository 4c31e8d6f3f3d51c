import { z } from 'zod'

/** Names a configuration may give for `model`; the registry in `src/models` has exactly one definition for each. */
export const MODEL_NAMES = ['mobilenet_v2', 'mobilenet_v2_32x32', 'resnet18', 'resnet20', 'resnet50', 'inception_v3'] as const
export const ModelName = z.enum(MODEL_NAMES)
export type ModelName = z.infer<typeof ModelName>

/**
 * Data sets by name: how their files are laid out and which statistics normalise their pixels. `imagenet` and `folder` are folders of image
 * files, one folder a class; `mock_*` are black images of that size (spec 11).
 */
export const DATASET_NAMES = [
  'imagenet',
  'cifar100',
  'cifar10',
  'cifar100_224x224',
  'mock_32x32',
  'mock_299x299',
  'fashion_mnist',
  'mnist',
  'folder',
] as const
/** Case does not matter, as in the sample; the name is kept in lower case. */
export const DatasetName = z.preprocess((name) => (typeof name === 'string' ? name.toLowerCase() : name), z.enum(DATASET_NAMES))
export type DatasetName = z.infer<typeof DatasetName>

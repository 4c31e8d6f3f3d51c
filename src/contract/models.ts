import { z } from 'zod'

/** Names a configuration may give for `model`; the registry in `src/models` has exactly one definition for each. */
export const MODEL_NAMES = ['mobilenet_v2', 'mobilenet_v2_32x32', 'resnet18', 'resnet20', 'resnet50', 'inception_v3'] as const
export const ModelName = z.enum(MODEL_NAMES)
export type ModelName = z.infer<typeof ModelName>

/** Data sets by name: how their files are laid out and which statistics normalise their pixels. */
export const DATASET_NAMES = ['fashion_mnist', 'mnist'] as const
export const DatasetName = z.enum(DATASET_NAMES)
export type DatasetName = z.infer<typeof DatasetName>

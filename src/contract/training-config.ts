import { z } from 'zod'
import { DatasetName, ModelName } from './models'
import { CompressionSection } from './training-config/compression'
import { OptimizerConfig } from './training-config/optimizer'
import { flagKeys, idleKeys, nncfKeys, singleMachineKeys } from './training-config/sample-keys'
import { positiveInt } from './training-config/values'

export { CompressionConfig, SizeLossConfig } from './training-config/compression'
export { OptimizerConfig, ParameterGroupConfig } from './training-config/optimizer'
export { RangeConfig, ScopedRangeConfig } from './training-config/ranges'
export { RunMode } from './training-config/sample-keys'

const InputInfo = z.strictObject({
  /** [batch, channels, height, width]; the batch entry is not used for training. */
  sample_size: z.tuple([positiveInt, positiveInt.max(16), positiveInt.max(4096), positiveInt.max(4096)]),
  /** These three describe the tensor that the original traces the network with; nothing depends on them here. */
  type: z.string().optional(),
  filler: z.enum(['ones', 'zeros', 'random']).optional(),
  keyword: z.string().optional(),
})

/** What the constructor of a network takes beside the number of classes. */
const ModelParams = z.strictObject({
  /** Channels are multiplied by it (and rounded to multiples of 8 for the MobileNets). */
  width_mult: z.number().min(0.1).max(4).default(1),
  /** Inception V3 only: whether it converts the statistics of its input; absent does so unless `pretrained` is false. */
  transform_input: z.boolean().optional(),
})

export const Compatibility = z.enum(['studio', 'nncf'])

/** Keys that the NNCF sample does not know. A configuration that has one of them was written for this program. */
export const ownKeys = {
  name: z.string().min(1).max(120).optional(),
  /** Horizontal flip, and crops of training images. */
  augmentation: z.boolean().default(true),
  /** `nncf` follows the original where it errs; `studio` does the right thing. The differences: src/training/compatibility.ts. */
  compatibility: Compatibility.default('studio'),
  /** FP32 training before compression. Without it and without `weights`, compression starts from random weights. */
  pretraining: z.strictObject({ epochs: positiveInt.max(100_000), optimizer: OptimizerConfig }).optional(),
  /** Use only the first images of each split: for demonstrations and tests. */
  data_limit: z.strictObject({ train: positiveInt.optional(), validation: positiveInt.optional() }).optional(),
  /** Image files that may be left out because they cannot be used; one more ends the run. Absent allows any number. */
  max_corrupt_files: z.number().int().min(0).optional(),
  /** A checkpoint is written every so many steps, and after every epoch. */
  checkpoint_every_n_steps: positiveInt.default(500),
}

/** One training run: the JSON of the NNCF classification sample (spec 2), plus {@link ownKeys}. */
export const TrainingConfig = z.strictObject({
  ...ownKeys,
  model: ModelName,
  model_params: ModelParams.default(ModelParams.parse({})),
  num_classes: z.int().min(2).max(100_000).default(1000),
  input_info: z.union([InputInfo, z.array(InputInfo).min(1)]),
  dataset: DatasetName.default('imagenet'),
  /** Images of the `mock_*` data sets. */
  num_mock_images: positiveInt.default(1000),
  ...flagKeys,
  optimizer: OptimizerConfig.default(OptimizerConfig.parse({})),
  compression: CompressionSection.optional(),
  ...nncfKeys,
  ...singleMachineKeys,
  ...idleKeys,
})
export type TrainingConfig = z.infer<typeof TrainingConfig>

/** Network input as the engine needs it. */
export function inputSizeOf(config: TrainingConfig): { channels: number; height: number; width: number } {
  const info = Array.isArray(config.input_info) ? config.input_info[0] : config.input_info
  if (info === undefined) throw new RangeError('input_info is empty')
  const [, channels, height, width] = info.sample_size
  return { channels, height, width }
}

/** What the run is asked to do, in order. */
export const modesOf = (config: TrainingConfig): ReadonlySet<'train' | 'test'> => new Set([config.mode].flat())

import { z } from 'zod'
import { DatasetName, ModelName } from './models'
import { CompressionSection } from './training-config/compression'
import { OptimizerConfig } from './training-config/optimizer'
import { SlurmSection } from './training-config/slurm'
import { MAX_REPLICAS } from './training-config/replicas'
import { flagKeys, idleKeys, nncfKeys, singleMachineKeys } from './training-config/sample-keys'
import { positiveInt } from './training-config/values'

export { CompressionConfig, OscillationFreezing, RoundingMethod, SizeLossConfig, targetRateOf, type WantedRate, WidthOptions } from './training-config/compression'
export { HardwareTable } from './training-config/hardware'
export { OptimizerConfig, ParameterGroupConfig } from './training-config/optimizer'
export { RangeConfig, ScopedRangeConfig } from './training-config/ranges'
export { SlurmSection } from './training-config/slurm'
export { RunMode } from './training-config/sample-keys'

const TRACED = 'Describes the tensor that the original traces the network with.'

const InputInfo = z.strictObject({
  sample_size: z
    .tuple([positiveInt, positiveInt.max(16), positiveInt.max(4096), positiveInt.max(4096)])
    .describe('Images as the network takes them: batch (not used for training), channels, height, width.'),
  type: z.string().optional().describe(TRACED),
  filler: z.enum(['ones', 'zeros', 'random']).optional().describe(TRACED),
  keyword: z.string().optional().describe(TRACED),
})

/** What the constructor of a network takes beside the number of classes. */
const ModelParams = z.strictObject({
  width_mult: z
    .number()
    .min(0.1)
    .max(4)
    .default(1)
    .describe('Channels of every layer are multiplied by it (and rounded to multiples of 8 for the MobileNets).'),
  transform_input: z
    .boolean()
    .optional()
    .describe('Inception V3 only: converts the statistics of its input. Left out, it does so unless pretrained is false.'),
})

export const Compatibility = z.enum(['studio', 'nncf'])

/** Keys that the NNCF sample does not know. A configuration that has one of them was written for this program. */
export const ownKeys = {
  name: z.string().min(1).max(120).optional().describe('What the run is called in lists. Left out, it has the name of its model.'),
  augmentation: z
    .boolean()
    .default(true)
    .describe('Training images are flipped and cropped at random, so that the network learns more than it sees.'),
  /** `nncf` follows the original where it errs; `studio` does the right thing. The differences: src/training/compatibility.ts. */
  compatibility: Compatibility.default('studio').describe(
    'nncf follows the original also where it errs, studio does the right thing. A file with nothing but keys of the original counts as nncf.',
  ),
  /** FP32 training before compression. Without it and without `weights`, compression starts from random weights. */
  pretraining: z
    .strictObject({
      epochs: positiveInt.max(100_000).describe('Passes over the training images in FP32.'),
      optimizer: OptimizerConfig.describe('How this stage learns.'),
    })
    .optional()
    .describe('Training in FP32 before compression. Without it and without given weights, compression starts from random weights.'),
  /** Use only the first images of each split: for demonstrations and tests. */
  data_limit: z
    .strictObject({
      train: positiveInt.optional().describe('Use only the first so many training images.'),
      validation: positiveInt.optional().describe('Use only the first so many validation images.'),
    })
    .optional()
    .describe('Use only a part of the data, for a quick trial.'),
  max_corrupt_files: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Image files that may be left out because they cannot be used; one more ends the run. Left out, any number may.'),
  image_cache_gb: z
    .number()
    .min(0)
    .max(100_000)
    .default(0)
    .describe(
      'Disk space for decoded, reduced images of a folder, so that later epochs need not decode them again. Training then draws its parts from the reduced images. 0 keeps none.',
    ),
  float_arithmetic: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe(
      'What training in FP32 multiplies in. bfloat16 keeps 8 bits of each factor: faster on processors that have it, less exact. So does the teacher of a distillation. Quantized training and every evaluation stay in float32.',
    ),
  checkpoint_every_n_steps: positiveInt.default(500).describe('A checkpoint is written every so many steps, and after every epoch.'),
}

/** Keys of this program's own that say where a run computes and not what: a file that has one of them is still NNCF's if it was. */
export const placeKeys = {
  replicas: z
    .int()
    .min(1)
    .max(MAX_REPLICAS)
    .optional()
    .describe('Divide every training batch into so many equal parts, each computed by a GPU of its own. With cpu_only the processor computes them all, for trying. Where there are fewer GPUs the run fails.'),
  slurm: SlurmSection.optional().describe('Resources on a Slurm cluster, for a run that is sent there. Without it the cluster gives what it gives to everyone.'),
}

/** One training run: the JSON of the NNCF classification sample (spec 2), plus {@link ownKeys} and {@link placeKeys}. */
export const TrainingConfig = z.strictObject({
  ...ownKeys,
  ...placeKeys,
  model: ModelName.describe('The network to train.'),
  model_params: ModelParams.default(ModelParams.parse({})).describe('What the network is made with beside its number of classes.'),
  num_classes: z.int().min(2).max(100_000).default(1000).describe('Classes the network tells apart: at least as many as the data set has.'),
  input_info: z.union([InputInfo, z.array(InputInfo).min(1)]).describe('What the network takes; of a list, the first entry counts.'),
  dataset: DatasetName.default('imagenet').describe(
    'How the files are laid out and which statistics normalise the pixels; folder takes one folder a class.',
  ),
  num_mock_images: positiveInt.default(1000).describe('Images of the mock data sets, which are black.'),
  ...flagKeys,
  optimizer: OptimizerConfig.default(OptimizerConfig.parse({})).describe('How the compression stage learns.'),
  compression: CompressionSection.optional().describe('Quantization while training. Without it the network stays in FP32.'),
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

import { z } from 'zod'
import { DatasetName, ModelName } from './models'

const positiveInt = z.int().min(1)
const fraction = z.number().min(0).max(1)

/** Options that torch.optim.SGD and torch.optim.Adam take beside rate and decay. */
const optimizerOptions = {
  momentum: fraction.optional(),
  /** Share of the gradient that does not enter the momentum from the second step on. */
  dampening: fraction.optional(),
  nesterov: z.boolean().optional(),
  betas: z.tuple([fraction, fraction]).optional(),
  eps: z.number().positive().optional(),
}

/** Parameters whose name `re` is found in (all of them without `re`), with options of their own (spec 10.1). */
export const ParameterGroupConfig = z.strictObject({
  re: z.string().optional(),
  lr: z.number().positive().max(100).optional(),
  weight_decay: z.number().min(0).max(1).optional(),
  ...optimizerOptions,
})
export type ParameterGroupConfig = z.infer<typeof ParameterGroupConfig>

/** Options of a schedule: of `plateau` those of torch's ReduceLROnPlateau, of `poly` its exponent. */
const ScheduleParams = z.strictObject({
  mode: z.enum(['max', 'min']).optional(),
  patience: z.int().min(0).optional(),
  threshold: z.number().min(0).optional(),
  threshold_mode: z.enum(['rel', 'abs']).optional(),
  cooldown: z.int().min(0).optional(),
  min_lr: z.number().min(0).optional(),
  eps: z.number().min(0).optional(),
  power: z.number().positive().optional(),
})

/** `optimizer` section (spec 10). Weight decay is L2 added to the gradient, as torch does it. */
export const OptimizerConfig = z.strictObject({
  type: z.enum(['SGD', 'sgd', 'Adam', 'adam']).default('adam'),
  base_lr: z.number().positive().max(100).default(1e-4),
  weight_decay: z.number().min(0).max(1).default(1e-4),
  optimizer_params: z.strictObject(optimizerOptions).optional(),
  /** Each parameter belongs to the first group that matches it; parameters of no group are not trained. */
  parameter_groups: z.array(ParameterGroupConfig).min(1).optional(),
  schedule_type: z.enum(['step', 'multistep', 'plateau', 'exponential', 'poly', 'cosine']).default('step'),
  schedule_params: ScheduleParams.optional(),
  scheduler_params: ScheduleParams.optional(),
  /** Epochs at which `multistep` multiplies the rate by `gamma`. */
  steps: z.array(z.int().min(0)).optional(),
  /** Period of `step`, in epochs. */
  step: positiveInt.default(30),
  gamma: z.number().positive().max(10).default(0.1),
  /** Exponent of `poly`; 0.9 where neither this nor `schedule_params.power` is given. */
  power: z.number().positive().optional(),
  /** Epochs of linear warm-up before `cosine`; may be a fraction of an epoch. */
  warmup_epochs: z.number().min(0).default(0),
})
export type OptimizerConfig = z.infer<typeof OptimizerConfig>

const QuantizerGroupConfig = z.strictObject({
  mode: z.enum(['symmetric', 'asymmetric']).optional(),
  per_channel: z.boolean().optional(),
  /** Scales and ranges are stored, and trained, as logarithms. */
  logarithm_scale: z.boolean().optional(),
})

/** How ranges are found from data (spec 7.2). `num_init_samples` 0 leaves them uninitialised. */
const rangeOptions = {
  num_init_samples: z.int().min(0).default(256),
  type: z.enum(['min_max', 'mixed_min_max', 'mean_min_max', 'threesigma', 'percentile', 'mean_percentile']).default('mixed_min_max'),
  params: z.strictObject({ min_percentile: z.number().min(0).max(100).optional(), max_percentile: z.number().min(0).max(100).optional() }).optional(),
}
const scopes = z.union([z.string(), z.array(z.string())])
export const RangeConfig = z.strictObject(rangeOptions)
export type RangeConfig = z.infer<typeof RangeConfig>
/** An entry of the list form: for the quantizers that its scopes name (spec 7.3). */
export const ScopedRangeConfig = z
  .strictObject({ ...rangeOptions, target_scopes: scopes.optional(), ignored_scopes: scopes.optional(), target_quantizer_group: z.enum(['activations', 'weights']).optional() })
  .refine((entry) => entry.target_scopes !== undefined || entry.ignored_scopes !== undefined, 'Each entry of the list needs target_scopes or ignored_scopes.')
export type ScopedRangeConfig = z.infer<typeof ScopedRangeConfig>

/** `compression.loss` (spec 8.1). */
export const SizeLossConfig = z.strictObject({
  type: z.enum(['model_size', 'bitops']).default('model_size'),
  /** INT8 size (or bit operations) divided by the wanted one; 1.5 = two thirds of INT8. */
  compression_rate: z.number().min(0.5).max(8).default(1.5),
  criteria: z.enum(['L1', 'L2']).default('L1'),
  flip_loss: z.boolean().default(false),
  alpha: z.number().min(0).default(10),
})
export type SizeLossConfig = z.infer<typeof SizeLossConfig>

/** `compression` section: algorithm `fracbits_quantization` learns bit-widths, `quantization` keeps 8 bits (spec 2.3). */
export const CompressionConfig = z.strictObject({
  algorithm: z.enum(['fracbits_quantization', 'quantization']),
  /** Zero-based epoch at whose start widths are rounded and frozen; negative never. */
  freeze_epoch: z.int().default(-1),
  loss: SizeLossConfig.default(SizeLossConfig.parse({})),
  preset: z.enum(['performance', 'mixed']).default('performance'),
  overflow_fix: z.enum(['enable', 'disable', 'first_layer_only']).default('enable'),
  weights: QuantizerGroupConfig.default({}),
  activations: QuantizerGroupConfig.default({}),
  initializer: z
    .strictObject({
      range: z.union([RangeConfig, z.array(ScopedRangeConfig).min(1)]).optional(),
      batchnorm_adaptation: z.strictObject({ num_bn_adaptation_samples: z.int().min(0).default(2000) }).optional(),
    })
    .default({}),
  /** Gradients of bit-widths, scales and ranges are multiplied by it. */
  compression_lr_multiplier: z.number().min(0).optional(),
})
export type CompressionConfig = z.infer<typeof CompressionConfig>

const InputInfo = z.strictObject({
  /** [batch, channels, height, width]; the batch entry is not used for training. */
  sample_size: z.tuple([positiveInt, positiveInt.max(16), positiveInt.max(4096), positiveInt.max(4096)]),
})

export const Compatibility = z.enum(['studio', 'nncf'])

/** One training run, in the vocabulary of the NNCF sample's configuration files, plus `pretraining` and `data_limit`. */
export const TrainingConfig = z.strictObject({
  name: z.string().min(1).max(120).optional(),
  model: ModelName,
  /** Channels are multiplied by `width_mult` (and rounded to multiples of 8 for the MobileNets). */
  model_params: z.strictObject({ width_mult: z.number().min(0.1).max(4).default(1) }).default({ width_mult: 1 }),
  /** Checkpoint file (`.safetensors`) with FP32 weights to start from. */
  weights: z.string().min(1).optional(),
  num_classes: z.int().min(2).max(100_000),
  input_info: z.union([InputInfo, z.array(InputInfo).length(1)]),
  dataset: DatasetName,
  /** Horizontal flip and pad-and-crop of training images. */
  augmentation: z.boolean().default(true),
  batch_size: positiveInt.max(65_536).default(10),
  batch_size_val: positiveInt.max(65_536).optional(),
  /** Epochs of the compression stage, or of plain FP32 training where `compression` is absent. */
  epochs: positiveInt.max(100_000).default(300),
  /** Absent counts as 0; whether it is given matters to `compatibility: "nncf"` only, where it fixes the order of the images. */
  seed: z.int().min(0).max(4_294_967_295).optional(),
  /** `nncf` follows the original where it errs; `studio` does the right thing. The differences: src/training/compatibility.ts. */
  compatibility: Compatibility.default('studio'),
  optimizer: OptimizerConfig.default(OptimizerConfig.parse({})),
  /** FP32 training before compression. Without it and without `weights`, compression starts from random weights. */
  pretraining: z.strictObject({ epochs: positiveInt.max(100_000), optimizer: OptimizerConfig }).optional(),
  compression: CompressionConfig.optional(),
  /** Of all compression algorithms that give none of their own. */
  compression_lr_multiplier: z.number().min(0).optional(),
  /** Use only the first images of each split: for demonstrations and tests. */
  data_limit: z.strictObject({ train: positiveInt.optional(), validation: positiveInt.optional() }).optional(),
  /** A checkpoint is written every so many steps, and after every epoch. */
  checkpoint_every_n_steps: positiveInt.default(500),
  test_every_n_epochs: positiveInt.default(1),
})
export type TrainingConfig = z.infer<typeof TrainingConfig>

/** Network input as the engine needs it. */
export function inputSizeOf(config: TrainingConfig): { channels: number; height: number; width: number } {
  const info = Array.isArray(config.input_info) ? config.input_info[0] : config.input_info
  if (info === undefined) throw new RangeError('input_info is empty')
  const [, channels, height, width] = info.sample_size
  return { channels, height, width }
}

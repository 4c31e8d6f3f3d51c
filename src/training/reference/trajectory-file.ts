import { z } from 'zod'
import { CompressionConfig } from '../../contract/training-config'
import { Float, FloatTensor } from './fixture'

const Vectors = z.record(z.string(), z.array(Float))
const Recorded = z.union([FloatTensor, z.array(Float).transform((data) => ({ shape: [data.length], data }))])
const Evaluated = z.object({ logits_first8: FloatTensor, ce_256: Float, top1_256: z.int() })
const SizeState = z.object({ current_model_size: z.number(), fractional_model_size: Float, compression_rate: Float })
const Noise = z.union([z.number(), z.enum(['NaN', 'Infinity'])]).transform(Number)
const NoiseOfTensors = z.record(z.string(), Noise)

const RecordedQuantizer = z.object({
  /** Prefix in the state dict, without `nncf_module.`. */
  key: z.string(),
  half_range: z.boolean(),
  init: z.object({
    signed: z.boolean(),
    scale: z.array(Float).optional(),
    input_low: z.array(Float).optional(),
    input_range: z.array(Float).optional(),
  }),
})
export type RecordedQuantizer = z.infer<typeof RecordedQuantizer>

const Step = z.object({
  step: z.int(),
  ce: Float,
  compression_loss: Float,
  total: Float,
  correct: z.int(),
  grad_num_bits: z.array(Float.nullable()).optional(),
  num_bits_param: z.array(Float).optional(),
  num_bits_int: z.array(z.int()).optional(),
  /** Means over channels, in the order of `quantizers`. */
  ranges: z.array(z.array(Float)).optional(),
})
export type RecordedStep = z.infer<typeof Step>

/** One file of `trajectory/`: 40 training steps of a tiny network. Tensors have PyTorch's layouts. */
export const TrajectoryFile = z.object({
  name: z.string(),
  dataset: z.object({ count: z.int(), batch: z.int(), labels_first16: z.array(z.int()), pixel_sum_first_batch: z.int() }),
  optimizer: z.object({ type: z.string(), lr: z.number(), momentum: z.number(), weight_decay: z.number(), nesterov: z.boolean() }),
  initial_tensors: Vectors,
  compression_config: CompressionConfig.nullish(),
  quantizers: z.array(RecordedQuantizer).default([]),
  execution_order: z.array(z.string()).default([]),
  running_stats_before_training: Vectors,
  eval_initial: Evaluated,
  steps: z.array(Step),
  gradients_step0: z.record(z.string(), z.array(Float).nullable()),
  gradients_step20: z.record(z.string(), z.array(Float).nullable()),
  train_logits_step0: FloatTensor,
  parameters_after_step1: Vectors,
  eval_before_epoch1: Evaluated.optional(),
  eval_after_epoch_step1: Evaluated.optional(),
  num_bits_int_after_epoch_step1: z.array(z.int()).optional(),
  loss_state_after_epoch_step1: SizeState.optional(),
  eval_final: Evaluated,
  final_tensors: z.record(z.string(), Recorded),
  final_loss_state: SizeState.optional(),
  'noise_when_pixels_times_1_plus_1e-6': z.object({ ce: z.array(Noise), gradients_step0_rel_l2: NoiseOfTensors, final_tensors_rel_l2: NoiseOfTensors }),
})
export type TrajectoryFile = z.infer<typeof TrajectoryFile>
export type RecordedEvaluation = z.infer<typeof Evaluated>
export type RecordedSizeState = z.infer<typeof SizeState>

import { z } from 'zod'
import { Float, FloatTensor } from './fixture'

const Scopes = z.union([z.string(), z.array(z.string())]).optional()
const Group = z
  .object({
    mode: z.enum(['symmetric', 'asymmetric']).optional(),
    bits: z.int().optional(),
    per_channel: z.boolean().optional(),
    signed: z.boolean().optional(),
  })
  .optional()

/** The parts of a recorded configuration that placement reads. */
export const RecordedConfig = z.object({
  num_classes: z.int(),
  pretrained: z.boolean().optional(),
  target_device: z.string().optional(),
  compression: z.object({
    preset: z.enum(['performance', 'mixed']).optional(),
    overflow_fix: z.enum(['enable', 'disable', 'first_layer_only']).optional(),
    quantize_inputs: z.boolean().optional(),
    quantize_outputs: z.boolean().optional(),
    weights: Group,
    activations: Group,
    ignored_scopes: Scopes,
    target_scopes: Scopes,
    loss: z.object({ compression_rate: z.number(), alpha: z.number(), criteria: z.enum(['L1', 'L2']), flip_loss: z.boolean() }),
  }),
})
export type RecordedConfig = z.output<typeof RecordedConfig>

/** One point in execution order. `signed` is what statistics found, where nothing imposes it. */
const Point = z.object({
  quantizer_index: z.int(),
  kind: z.enum(['weight', 'activation']),
  node: z.string(),
  state_key: z.string(),
  mode: z.enum(['symmetric', 'asymmetric']),
  signed: z.boolean(),
  per_channel: z.boolean(),
  channels: z.int(),
  scale_shape: z.array(z.int()),
  half_range: z.boolean(),
  num_bits: z.int(),
  levels: z.int(),
  min_num_bits: z.int(),
  max_num_bits: z.int(),
  weight_shape: z.array(z.int()).optional(),
  numel: z.int().optional(),
  group_members: z.array(z.string()).nullish(),
  directly_quantizes: z.array(z.string()).optional(),
})
export type RecordedPoint = z.output<typeof Point>

/** In short files a point leaves out what is as at the first point of its quantizer or, where it is the first itself, as at the last of its kind. */
const Points = z
  .array(z.looseObject({ kind: z.string(), quantizer_index: z.int() }))
  .transform((points) => {
    const last = new Map<string, object>()
    const first = new Map<number, object>()
    return points.map((point) => {
      const whole = { ...last.get(point.kind), ...first.get(point.quantizer_index), ...point }
      last.set(point.kind, whole)
      if (!first.has(point.quantizer_index)) first.set(point.quantizer_index, whole)
      return whole
    })
  })
  .pipe(z.array(Point))

/** Values of a range parameter, one a channel. */
const Values = z.object({ n: z.int(), mean: Float, mean_abs: Float, min: Float, max: Float, first4: z.array(Float) })
const Ranges = z.object({
  quantizer_index: z.int(),
  signed: z.boolean(),
  scale: Values.optional(),
  input_low: Values.optional(),
  input_range: Values.optional(),
})
export type RecordedRanges = z.output<typeof Ranges>

const PerQuantizer = z.array(Float.nullable())
/** Norm and sum of the gradient of each range parameter. */
const RangeGradients = z.array(z.array(Float).nullable())
const WeightGradients = z.array(z.tuple([z.string(), Float.nullable()], Float.nullable()))
/** Of each point in execution order: quantizer, mean and magnitude before and behind it, mean distance. */
const OpenLoop = z.array(z.tuple([z.int(), Float, Float, Float, Float, Float]))

const EndToEnd = z.object({
  num_bits: z.array(Float),
  weights_only: z.object({
    eval_logits_bits8: FloatTensor,
    eval_logits_fractional: FloatTensor,
    train_logits: FloatTensor,
    ce_loss: Float,
    compression_loss: Float,
    grad_num_bits: PerQuantizer,
    grad_range_params: RangeGradients,
    grad_weights: WeightGradients,
    noise_grad_num_bits: z.object({ rel_l2: z.number() }),
    noise_grad_weights_rel_l2_max: z.number(),
    noise_grad_weights_rel_l2_median: z.number(),
    eval_mode_step: z.object({
      ce_loss: Float,
      grad_num_bits: PerQuantizer,
      grad_range_params: RangeGradients,
      grad_weights: WeightGradients,
      noise_grad_num_bits_rel_l2: z.number(),
      noise_grad_weights_rel_l2_max: z.number(),
    }),
  }),
  open_loop_bits8: OpenLoop,
  open_loop_fractional: OpenLoop,
  all_on: z.object({
    eval_logits_bits8: FloatTensor,
    noise_rel_l2_bits8: z.number(),
    eval_logits_fractional: FloatTensor,
    noise_rel_l2_fractional: z.number(),
    eval_logits_bits12: FloatTensor,
    noise_rel_l2_bits12: z.number(),
  }),
  frozen: z.object({
    weights_only_eval_logits: FloatTensor,
    num_bits: z.array(z.int()),
    loss_state: z.object({ current_model_size: z.int(), fractional_model_size: Float, compression_rate: Float }),
    loss_value: Float,
  }),
})
export type RecordedRun = z.output<typeof EndToEnd>

/** What was recorded of one model's quantizers under its own configuration. */
export const PlacementFile = z.object({
  model: z.string(),
  config_used: RecordedConfig,
  seed: z.int(),
  conv_gain: z.number(),
  image_size: z.int(),
  counts: z.object({
    weight_quantizers: z.int(),
    activation_points: z.int(),
    activation_quantizers: z.int(),
    per_channel_activation_points: z.int(),
    quantized_weight_elements: z.int(),
    int8_model_size_bits: z.int(),
    unified_groups: z.int(),
  }),
  points: Points,
  ranges_after_init: z.array(Ranges),
  /** Left out where only the ranges are to be compared. */
  end_to_end: EndToEnd.optional(),
})
export type PlacementFile = z.output<typeof PlacementFile>

/** Kind, node, mode, sign, per channel, half range, bits, scale shape. */
const VariantPoint = z.tuple([
  z.enum(['W', 'A']),
  z.string(),
  z.enum(['symmetric', 'asymmetric']),
  z.boolean(),
  z.boolean(),
  z.boolean(),
  z.int(),
  z.array(z.int()),
])

/** What was recorded under other configurations: points, some of them, only the weights of half range, or that the original refuses. */
export const VariantsFile = z.object({
  variants: z.array(
    z.object({
      variant: z.string(),
      model: z.string(),
      counts: z
        .object({ W: z.int(), A: z.int(), A_per_channel: z.int().optional(), half_range: z.int().optional(), A_modules: z.int().optional() })
        .optional(),
      bounds: z.tuple([z.int(), z.int()]).optional(),
      points: z.array(VariantPoint).optional(),
      first_points: z.array(VariantPoint).optional(),
      half_range_nodes: z.array(z.string()).optional(),
      error: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
})
export type RecordedVariant = z.output<typeof VariantsFile>['variants'][number]

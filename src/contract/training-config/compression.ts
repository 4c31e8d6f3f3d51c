import { z } from 'zod'
import { HardwareTable } from './hardware'
import { InitializerConfig } from './ranges'
import { refused, scopes } from './values'

/** What is asked of quantizers; a key left out asks nothing (spec 2.4). */
const wishes = {
  mode: z.enum(['symmetric', 'asymmetric']).optional().describe('Symmetric ranges lie around zero, asymmetric ones fit the values more closely.'),
  bits: z
    .int()
    .min(2)
    .max(16)
    .optional()
    .describe('Width to start from; other than 8 only on the target device TRIAL. Learned widths stay between half and one and a half times it.'),
  signed: z.boolean().optional().describe('Left out, statistics decide for activations, and symmetric weights are signed.'),
  per_channel: z.boolean().optional().describe('A range for each channel instead of one for the whole tensor.'),
}

const groupKeys = {
  ...wishes,
  ignored_scopes: scopes.optional().describe('Layers that are not quantized, by node name or {re} and a regular expression.'),
  target_scopes: scopes.optional().describe('Only these layers are quantized.'),
  logarithm_scale: z.boolean().optional().describe('Scales and ranges are stored, and trained, as logarithms.'),
}
const WeightsConfig = z.strictObject(groupKeys)
const ActivationsConfig = z.strictObject({
  ...groupKeys,
  unified_scale_ops: z.array(z.array(z.string())).optional().describe('Lists of node names; the inputs of the operations of one list share one quantizer.'),
})

const Override = z.strictObject({
  ...wishes,
  initializer: refused('An initializer of one scope belongs into compression.initializer.range, as an entry with target_scopes.'),
})
const overrides = z.record(z.string(), Override).optional().describe('A section for each node name.')

/** `compression.loss` (spec 8.1). */
export const SizeLossConfig = z.strictObject({
  type: z
    .enum(['model_size', 'bitops', 'hardware'])
    .default('model_size')
    .describe('What is made smaller: the size of the weights, the bit operations of an image, or its cost by the table of compression.hardware.'),
  compression_rate: z
    .number()
    .min(0.5)
    .max(8)
    .default(1.5)
    .describe('INT8 size (or bit operations, or cost) divided by the wanted one; 1.5 is two thirds of INT8.'),
  size_bytes: z.int().min(1).optional().describe('Wanted size of the quantized weights in bytes; counts instead of the rate where the size is made smaller.'),
  criteria: z.enum(['L1', 'L2']).default('L1').describe('L1 pulls with the same force until the target is met, L2 more gently near it.'),
  flip_loss: z.boolean().default(false).describe('Compares sizes instead of rates.'),
  alpha: z.number().min(0).default(10).describe('How strongly the widths are pulled towards the target, against the accuracy.'),
})
export type SizeLossConfig = z.infer<typeof SizeLossConfig>

/** What a loss says of the rate it pulls to. */
export type WantedRate = Pick<SizeLossConfig, 'compression_rate' | 'size_bytes'> & { readonly type?: SizeLossConfig['type'] | undefined }

/** The rate that a loss asks for; bytes, which count where the size is made smaller, become one by the size before, `initialBits`. */
export const targetRateOf = ({ type = 'model_size', compression_rate: rate, size_bytes: bytes }: WantedRate, initialBits: number): number =>
  type !== 'model_size' || bytes === undefined ? rate : initialBits / (8 * bytes)

/** How widths become integers at the freeze. */
export const RoundingMethod = z.enum(['plain', 'offset', 'exact'])
export type RoundingMethod = z.infer<typeof RoundingMethod>

/** Bounds and start of all widths. */
export const WidthOptions = z
  .strictObject({
    granularity: z
      .enum(['layer', 'kernel'])
      .optional()
      .describe('layer: the weights of a layer share one width. kernel: each output channel of a weight learns its own, the paper\'s kernel-wise variant; activations keep one each. Left out, layer.'),
    min: z.int().min(2).max(16).optional().describe('No width falls below this; left out, half the width to start from. The paper takes 2.'),
    max: z.int().min(2).max(16).optional().describe('No width grows above this; left out, one and a half times the width to start from. The paper takes 8.'),
    initial: z.number().min(2).max(16).optional().describe('Width that all learned widths start from; may have a fraction. Left out, 8.'),
    start_at_target: z
      .boolean()
      .optional()
      .describe('Widths start half a bit above the one that alone would meet the target, as in the paper, unless initial says otherwise.'),
    first_last_bits: z
      .int()
      .min(2)
      .max(16)
      .optional()
      .describe('The first and the last layer, and what they read, keep this width; 8 is usual. Left out, they are learned like the others.'),
    fixed: z
      .record(z.string(), z.int().min(2).max(16))
      .optional()
      .describe('Widths of single quantizers by their id, such as "conv1|WEIGHT", which they keep.'),
    weight_bits: z.int().min(2).max(16).optional().describe('All weights keep this width: uniform precision, where no widths are learned.'),
    activation_bits: z.int().min(2).max(16).optional().describe('All activations keep this width.'),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min must not be above max.')
export type WidthOptions = z.infer<typeof WidthOptions>

/** When an oscillating weight is frozen. */
export const OscillationFreezing = z
  .strictObject({
    decay: z
      .number()
      .min(0)
      .max(0.999_999)
      .default(0.99)
      .describe('Share of the moving averages (of how often a weight turns, and of its integer) that stays with each step.'),
    first_threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.04)
      .describe('At the freeze of the widths, weights that turn in more than this share of the steps are frozen; it falls along a cosine.'),
    last_threshold: z.number().min(0).max(1).default(0.01).describe('The same at the end of the training.'),
  })
  .refine(({ first_threshold: first, last_threshold: last }) => last <= first, 'last_threshold must not be above first_threshold.')
export type OscillationFreezing = z.infer<typeof OscillationFreezing>

/** Keys of the `compression` section that the original does not know. */
export const ownCompressionKeys = {
  rounding: RoundingMethod.optional().describe(
    'How widths are rounded when they freeze. plain: each to the nearest; offset: all moved by one number so that the budget is kept; exact: the least harmful widths within the budget. Left out, it is exact, and plain with the compatibility nncf.',
  ),
  bit_widths: WidthOptions.optional().describe('Bounds and start of all widths.'),
  hardware: z
    .string()
    .min(1)
    .optional()
    .describe('Device whose widths and costs count: int8, int4-int8, bit-serial (files in configs/hardware), or the path of a JSON file like them.'),
  hardware_table: HardwareTable.optional().describe('The content of a table itself, as a stored run has it; counts instead of hardware.'),
  batchnorm_reestimation: z
    .strictObject({ samples: z.int().min(1).max(10_000_000).default(2000).describe('Training images from which the statistics are estimated anew.') })
    .optional()
    .describe('Estimates the statistics of batch norms anew once widths were rounded, since rounding moves them.'),
  distillation: z
    .strictObject({
      teacher: z
        .string()
        .min(1)
        .optional()
        .describe('File with the weights of the teacher, the same network in FP32: a checkpoint of a run, .pth or .safetensors. Left out, the FP32 weights that compression starts from.'),
      weight: z.number().min(0).max(1).default(0.5).describe('Share of the teacher in the loss; the labels have the rest.'),
      temperature: z.number().min(0.1).max(100).default(4).describe('Logits of both are divided by it, so that the teacher also tells how alike classes are.'),
    })
    .optional()
    .describe('The network with quantizers also learns what the FP32 network answers, not the labels alone.'),
  oscillation_freezing: OscillationFreezing.optional().describe(
    'Weights that keep jumping between two integers once widths were rounded are frozen at the one they are nearer to on average.',
  ),
  weight_averaging: z
    .strictObject({
      decay: z.number().min(0).max(0.999_999).default(0.999).describe('Share of the average that stays with each step; 0.999 averages about a thousand steps.'),
    })
    .optional()
    .describe('The final model has the moving average of the weights and ranges since the freeze, and batch norms estimated anew for them.'),
}

/** `compression` section: algorithm `fracbits_quantization` learns bit-widths, `quantization` keeps 8 bits (spec 2.3). */
export const CompressionConfig = z.strictObject({
  algorithm: z
    .enum(['fracbits_quantization', 'quantization'])
    .describe('fracbits_quantization learns a width for every layer; quantization keeps them all.'),
  freeze_epoch: z.int().default(-1).describe('Epoch, counted from 0, at whose start widths are rounded and frozen; negative never freezes them.'),
  loss: SizeLossConfig.default(SizeLossConfig.parse({})).describe('The pull of the widths towards a target.'),
  preset: z
    .enum(['performance', 'mixed'])
    .optional()
    .describe('performance: symmetric everywhere; mixed: asymmetric activations. Left out, it is performance on a CPU or GPU.'),
  quantize_inputs: z.boolean().default(true).describe('The image is quantized too.'),
  quantize_outputs: z.boolean().default(false).describe('The logits are quantized too.'),
  overflow_fix: z
    .enum(['enable', 'disable', 'first_layer_only'])
    .default('enable')
    .describe('Gives 8-bit weights only the levels of 7 bits, so that old CPUs do not overflow.'),
  weights: WeightsConfig.default({}).describe('What is asked of the quantizers of weights.'),
  activations: ActivationsConfig.default({}).describe('What is asked of the quantizers of activations.'),
  scope_overrides: z.strictObject({ weights: overrides, activations: overrides }).default({}).describe('Wishes for single layers, by node name.'),
  ignored_scopes: scopes.optional().describe('Layers that are not quantized, by node name or {re} and a regular expression.'),
  target_scopes: scopes.optional().describe('Only these layers are quantized.'),
  initializer: InitializerConfig.default({}).describe('What is done before training with quantizers.'),
  compression_lr_multiplier: z.number().min(0).optional().describe('Gradients of bit-widths, scales and ranges are multiplied by it.'),
  ...ownCompressionKeys,
  export_to_onnx_standard_ops: z.boolean().optional().describe('Concerns export only.'),
  params: refused('Staged quantization (params) does not work with FracBits in the original either, and is not offered. Remove params.'),
})
export type CompressionConfig = z.infer<typeof CompressionConfig>

/** The section as it may be written: one object, or a list of one. */
export const CompressionSection = z
  .union([CompressionConfig, z.array(CompressionConfig).length(1)])
  .transform((section, context): CompressionConfig => {
    const one = Array.isArray(section) ? section[0] : section
    if (one !== undefined) return one
    context.addIssue({ code: 'custom', message: 'The list needs one algorithm.' })
    return z.NEVER
  })

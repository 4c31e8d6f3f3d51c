import { z } from 'zod'
import { InitializerConfig } from './ranges'
import { refused, scopes } from './values'

/** What is asked of quantizers; a key left out asks nothing (spec 2.4). */
const wishes = {
  mode: z.enum(['symmetric', 'asymmetric']).optional(),
  /** Width to start from; other than 8 only on the target device `TRIAL`. */
  bits: z.int().min(2).max(16).optional(),
  /** Absent decides by statistics (activations) or takes signed (symmetric weights). */
  signed: z.boolean().optional(),
  per_channel: z.boolean().optional(),
}

const groupKeys = {
  ...wishes,
  ignored_scopes: scopes.optional(),
  target_scopes: scopes.optional(),
  /** Scales and ranges are stored, and trained, as logarithms. */
  logarithm_scale: z.boolean().optional(),
}
const WeightsConfig = z.strictObject(groupKeys)
/** `unified_scale_ops`: lists of node names; the inputs of the operations of one list share one quantizer. */
const ActivationsConfig = z.strictObject({ ...groupKeys, unified_scale_ops: z.array(z.array(z.string())).optional() })

const Override = z.strictObject({
  ...wishes,
  initializer: refused('An initializer of one scope belongs into compression.initializer.range, as an entry with target_scopes.'),
})
const overrides = z.record(z.string(), Override).optional()

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
  /** `performance`: symmetric everywhere; `mixed`: asymmetric activations. Absent counts as `performance` on a CPU or GPU. */
  preset: z.enum(['performance', 'mixed']).optional(),
  quantize_inputs: z.boolean().default(true),
  quantize_outputs: z.boolean().default(false),
  overflow_fix: z.enum(['enable', 'disable', 'first_layer_only']).default('enable'),
  weights: WeightsConfig.default({}),
  activations: ActivationsConfig.default({}),
  scope_overrides: z.strictObject({ weights: overrides, activations: overrides }).default({}),
  ignored_scopes: scopes.optional(),
  target_scopes: scopes.optional(),
  initializer: InitializerConfig.default({}),
  /** Gradients of bit-widths, scales and ranges are multiplied by it. */
  compression_lr_multiplier: z.number().min(0).optional(),
  /** Concerns export only. */
  export_to_onnx_standard_ops: z.boolean().optional(),
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

import { z } from 'zod'
import { refused, scopes } from './values'

const percent = z.number().min(0).max(100)

/** How ranges are found from data (spec 7.2). `num_init_samples` 0 leaves them uninitialised. */
const rangeOptions = {
  num_init_samples: z.int().min(0).default(256).describe('Images from which ranges are found; 0 leaves them uninitialised.'),
  type: z
    .enum(['min_max', 'mixed_min_max', 'mean_min_max', 'threesigma', 'percentile', 'mean_percentile'])
    .default('mixed_min_max')
    .describe('Which statistic of the values becomes the range.'),
  params: z
    .strictObject({
      min_percentile: percent.optional().describe('Values below this percentile are cut off; 0.1 if left out.'),
      max_percentile: percent.optional().describe('Values above this percentile are cut off; 99.9 if left out.'),
    })
    .optional()
    .describe('Bounds of the percentiles.'),
}

export const RangeConfig = z.strictObject(rangeOptions)
export type RangeConfig = z.infer<typeof RangeConfig>

/** An entry of the list form: for the quantizers that its scopes name (spec 7.3). */
export const ScopedRangeConfig = z
  .strictObject({
    ...rangeOptions,
    target_scopes: scopes.optional().describe('Only quantizers of these layers are meant, by node name or {re} and a regular expression.'),
    ignored_scopes: scopes.optional().describe('Quantizers of these layers are not meant.'),
    target_quantizer_group: z.enum(['activations', 'weights']).optional().describe('Left out, quantizers of both kinds are meant.'),
  })
  .refine(
    (entry) => entry.target_scopes !== undefined || entry.ignored_scopes !== undefined,
    'Each entry of the list needs target_scopes or ignored_scopes.',
  )
export type ScopedRangeConfig = z.infer<typeof ScopedRangeConfig>

/** `compression.initializer` (spec 2.3). */
export const InitializerConfig = z.strictObject({
  range: z
    .union([RangeConfig, z.array(ScopedRangeConfig).min(1)])
    .optional()
    .describe('How ranges are found from training images: one section for all quantizers, or a list for some each.'),
  batchnorm_adaptation: z
    .strictObject({ num_bn_adaptation_samples: z.int().min(0).default(2000).describe('Images from which the statistics are estimated.') })
    .optional()
    .describe('Statistics of batch norms are estimated anew once quantizers were put in.'),
  precision: refused(
    'Precision initialisation (hawq, autoq, manual) is not part of FracBits, which learns the widths. Remove initializer.precision.',
  ),
})

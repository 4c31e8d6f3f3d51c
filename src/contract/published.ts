import { z } from 'zod'
import { RunId } from './entities'

/** What a paper or repository reports for a configuration. Percent; `rate` = INT8 size / size. */
export const PublishedResult = z.strictObject({
  top1: z.number(),
  /** Loss of accuracy against `fp32`, as printed. */
  drop: z.number(),
  rate: z.number(),
  fp32: z.number(),
})
export type PublishedResult = z.infer<typeof PublishedResult>

/** The best row of this workspace's runs for the same model, data set and algorithm. */
export const OwnResult = z.object({
  runId: RunId,
  name: z.string(),
  top1: z.number(),
  /** FP32 accuracy of the same run minus `top1`; null where it was not measured. */
  drop: z.number().nullable(),
  rate: z.number(),
  /** Validation images behind it. */
  images: z.int(),
  /** Its accuracy is that of fractional widths: the run never froze them. */
  fractional: z.boolean(),
})
export type OwnResult = z.infer<typeof OwnResult>

export const ComparedResult = z.object({
  /** Name of the shipped configuration. */
  preset: z.string(),
  title: z.string(),
  model: z.string(),
  dataset: z.string(),
  algorithm: z.enum(['fracbits_quantization', 'quantization']),
  /** Null where nothing was published. */
  published: PublishedResult.nullable(),
  /** Null where nothing was run. */
  own: OwnResult.nullable(),
})
export type ComparedResult = z.infer<typeof ComparedResult>

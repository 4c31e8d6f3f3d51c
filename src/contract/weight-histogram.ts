import { z } from 'zod'

/**
 * How the weights of one layer lie on the grid of its quantizer, at the integer width of a checkpoint. Places are codes of the grid: a channel's weight w
 * lies at w x factor + zero-point, so that channels with ranges of their own share one axis. Where kernels have widths of their own the axis is that of the
 * widest, of which a kernel with n bits less has every 2^n-th code.
 */
export const WeightHistogram = z.object({
  quantizer: z.string(),
  layer: z.string(),
  /** The greatest of its kernels' where each has its own. */
  bits: z.int(),
  /** Mean and least width of its kernels; absent where the quantizer has one width. */
  kernels: z.object({ mean: z.number(), least: z.int() }).optional(),
  /** Ends of the grid. */
  lowest: z.int(),
  highest: z.int(),
  /** Trained weights by place: bins of `width` codes from `from` on; those that lie further out. */
  latent: z.object({ from: z.number(), width: z.number(), counts: z.array(z.int()), below: z.int(), above: z.int() }),
  /** What the quantizer makes of them: bins of `width` whole codes from `lowest` on. */
  quantized: z.object({ width: z.int(), counts: z.array(z.int()) }),
  /** Weights that are clamped to an end of the grid. */
  clamped: z.int(),
  channels: z.int(),
  /** Length of one code in units of the weights, of the channels with the finest and the coarsest grid. */
  step: z.object({ smallest: z.number(), largest: z.number() }),
})
export type WeightHistogram = z.infer<typeof WeightHistogram>

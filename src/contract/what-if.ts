import { z } from 'zod'

/** One layer's share of the bit operations of an image: one multiply-accumulate count, with the quantizers (by index) of its weight and of what it reads; null where that is not quantized. */
export const BitOpsTerm = z.object({ macs: z.number(), weight: z.int(), input: z.int().nullable() })
export type BitOpsTerm = z.infer<typeof BitOpsTerm>

/** Bits that an input without a quantizer counts as: it is a float32. */
export const FLOAT_BITS = 32

/**
 * Bit operations of one image at the given widths: the sum over layers of MACs x weight bits x activation bits.
 *
 * A fractional width b stands for floor(b) + 1 with probability b - floor(b), else floor(b). The size of a weight is linear in its width, so
 * its expectation over the two points is elements x b. Bit operations are bilinear: their expectation over the four combinations of a weight's
 * and an input's neighbouring widths, (1-p)(1-q) f g + (1-p) q f (g+1) + p (1-q) (f+1) g + p q (f+1)(g+1), is the product of the two
 * fractional widths. So the same formula serves whole and fractional widths, and its gradient is the other factor.
 */
export function bitOperations(terms: readonly BitOpsTerm[], widths: ArrayLike<number>): number {
  return terms.reduce((sum, { macs, weight, input }) => sum + macs * (widths[weight] ?? 0) * (input === null ? FLOAT_BITS : (widths[input] ?? 0)), 0)
}

/** Why a run with a width for each kernel is not changed by hand. */
export const KERNEL_WISE_REFUSAL = 'This run learned a width for each kernel, and widths are changed by hand a layer at a time. Train a run with compression.bit_widths.granularity "layer" to change its widths.'

/** What a change of widths by hand is computed from, with nothing else at hand. */
export const WhatIfFacts = z.object({
  terms: z.array(BitOpsTerm),
  /** Integer widths of the run, one a quantizer. */
  widths: z.array(z.int()),
  /** Loss that a bit less costs and a bit more saves, to first order, at those widths; null where the run did not measure it. */
  sensitivities: z.array(z.number()).nullable(),
})
export type WhatIfFacts = z.infer<typeof WhatIfFacts>

/** Accuracy in percent on all validation images. */
export const WhatIfEvaluation = z.object({ top1: z.number(), top5: z.number(), loss: z.number(), images: z.int() })
export type WhatIfEvaluation = z.infer<typeof WhatIfEvaluation>

/**
 * Change of the cross-entropy when a quantizer goes from `from` bits to `to`, by what is known at `from`. `sensitivity` is minus the derivative of
 * the cross-entropy with respect to the width. Quantization noise has a quarter of the power with each bit, and what it adds to the loss is
 * proportional to it: L(b) = L0 + c 4^-b, so that L(to) - L(from) = sensitivity (4^(from - to) - 1) / ln 4. Near `from` that is the first order.
 */
export const estimatedHarm = (sensitivity: number, from: number, to: number): number => (sensitivity * (4 ** (from - to) - 1)) / Math.log(4)

export interface WhatIfOutcome {
  readonly sizeBits: number
  /** Of the same weights at 8 bits to `sizeBits`, and of bit operations at 8 bits to `bitOperations`. */
  readonly sizeRate: number
  readonly bitOperations: number
  readonly bitOperationsRate: number
  /** Estimated change of the cross-entropy against the run's own widths; null where nothing is known. */
  readonly harm: number | null
}

/** Size, work and estimated harm of integer widths, one a quantizer. `elements` counts the weights of each. */
export function whatIf({ terms, widths: own, sensitivities }: WhatIfFacts, elements: readonly number[], widths: readonly number[]): WhatIfOutcome {
  const int8 = widths.map(() => 8)
  const sizeAt = (bits: readonly number[]): number => elements.reduce((sum, count, i) => sum + count * (bits[i] ?? 0), 0)
  const [sizeBits, work] = [sizeAt(widths), bitOperations(terms, widths)]
  return {
    sizeBits,
    sizeRate: sizeAt(int8) / sizeBits,
    bitOperations: work,
    bitOperationsRate: bitOperations(terms, int8) / work,
    harm: sensitivities && widths.reduce((sum, to, i) => sum + estimatedHarm(sensitivities[i] ?? 0, own[i] ?? to, to), 0),
  }
}

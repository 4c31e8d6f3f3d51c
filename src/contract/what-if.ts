import { z } from 'zod'

/** What a change of widths by hand is computed from, with nothing else at hand. */
export const WhatIfFacts = z.object({
  /** One multiply-accumulate count a layer, with the quantizers (by index) of its weight and of what it reads; null where that is not quantized. */
  terms: z.array(z.object({ macs: z.number(), weight: z.int(), input: z.int().nullable() })),
  /** Integer widths of the run, one a quantizer. */
  widths: z.array(z.int()),
  /** Loss that a bit less costs and a bit more saves, to first order, at those widths; null where the run did not measure it. */
  sensitivities: z.array(z.number()).nullable(),
})
export type WhatIfFacts = z.infer<typeof WhatIfFacts>

/** Accuracy in percent on all validation images. */
export const WhatIfEvaluation = z.object({ top1: z.number(), top5: z.number(), loss: z.number(), images: z.int() })
export type WhatIfEvaluation = z.infer<typeof WhatIfEvaluation>

/** Bits that an input without a quantizer counts as: it is a float32. */
const FLOAT_BITS = 32

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
  const sizeAt = (bits: (index: number) => number): number => elements.reduce((sum, count, i) => sum + count * bits(i), 0)
  const workAt = (bits: (index: number) => number): number =>
    terms.reduce((sum, { macs, weight, input }) => sum + macs * bits(weight) * (input === null ? FLOAT_BITS : bits(input)), 0)
  const at = (index: number): number => widths[index] ?? 0
  const [sizeBits, bitOperations] = [sizeAt(at), workAt(at)]
  return {
    sizeBits,
    sizeRate: sizeAt(() => 8) / sizeBits,
    bitOperations,
    bitOperationsRate: workAt(() => 8) / bitOperations,
    harm: sensitivities && widths.reduce((sum, to, i) => sum + estimatedHarm(sensitivities[i] ?? 0, own[i] ?? to, to), 0),
  }
}

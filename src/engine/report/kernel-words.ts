import type { RunResult } from '../../contract/entities'
import { finalKernelExtremes, formatBits } from '../../contract/kernel-widths'

/** Integer width of a quantizer; where its kernels have widths of their own, the mean and between which they lie. */
export function widthWords(result: RunResult, quantizer: number): string {
  const extremes = finalKernelExtremes(result, quantizer)
  const bits = formatBits(result.widths[quantizer] ?? 0)
  return extremes === null ? bits : `${bits} (${String(extremes[0])} to ${String(extremes[1])})`
}

/** Bits that the weights of a quantizer take; a mean width may be off in its last digit, the sum is whole. */
export const bitsOfWeights = (elements: number, width: number): number => Math.round(elements * width)

import { kernelWords } from '../../../../src/contract/kernel-widths'
import type { WeightHistogram } from '../../../../src/contract/weight-histogram'
import { formatSignificant } from '../../format/numbers'

/** Weights a code, so that bins of any width and codes have one scale. */
interface Bin {
  readonly from: number
  readonly to: number
  readonly density: number
}

export interface WeightBars {
  readonly from: number
  readonly to: number
  /** Largest density: the top of the chart. */
  readonly highest: number
  readonly latent: readonly Bin[]
  readonly quantized: readonly (Bin & { readonly code: number; readonly count: number })[]
  /** Codes to draw a line at; empty where they would touch. */
  readonly grid: readonly number[]
  readonly ticks: readonly number[]
}

const MOST_LINES = 64
/** A bar for one code is this much of the distance between two. */
const BAR = 0.36

/** What is drawn of a histogram, in places of its grid. */
export function barsOf({ lowest, highest, latent, quantized }: WeightHistogram): WeightBars {
  const levels = highest - lowest + 1
  const bins = latent.counts.map((count, index) => ({ from: latent.from + index * latent.width, to: latent.from + (index + 1) * latent.width, density: count / latent.width }))
  const bars = quantized.counts.map((count, index) => {
    const code = lowest + index * quantized.width
    const [from, to] = quantized.width === 1 ? [code - BAR / 2, code + BAR / 2] : [code - 0.5, code + quantized.width - 0.5]
    return { code, count, from, to, density: count / quantized.width }
  })
  const middle = Math.round((lowest + highest) / 2)
  return {
    from: latent.from,
    to: latent.from + latent.counts.length * latent.width,
    highest: Math.max(1, ...bins.map(({ density }) => density), ...bars.map(({ density }) => density)),
    latent: bins,
    quantized: bars,
    grid: levels > MOST_LINES ? [] : Array.from({ length: levels }, (_, index) => lowest + index),
    ticks: levels <= 16 ? Array.from({ length: levels }, (_, index) => lowest + index) : [lowest, Math.round((lowest + middle) / 2), middle, Math.round((middle + highest) / 2), highest],
  }
}

/** The length of a code in units of the weights. */
export function stepWords({ channels, step }: Pick<WeightHistogram, 'channels' | 'step'>): string {
  if (channels === 1) return `a step is ${formatSignificant(step.smallest)}`
  return `a step is ${formatSignificant(step.smallest)} to ${formatSignificant(step.largest)}, by channel`
}

/** What stands behind a layer's width: its unit, and where kernels have widths of their own, what it is the mean of and whose grid is drawn. */
export function bitsWords({ channels, bits, kernels }: Pick<WeightHistogram, 'channels' | 'bits' | 'kernels'>): string {
  return kernels === undefined ? 'bits' : `bits: ${kernelWords(channels, [kernels.least, bits])}, on the grid of the widest`
}

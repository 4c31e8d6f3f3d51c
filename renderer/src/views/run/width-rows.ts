import type { QuantizerInfo } from '../../../../src/contract/entities'
import { kernelExtremes, kernelWords } from '../../../../src/contract/kernel-widths'
import { roundHalfEven } from '../../format/bits'

/** The scale on which all bit-widths are drawn; what the method may learn lies inside it. */
export const SCALE = { from: 2, to: 12 } as const
export const SCALE_TICKS = [2, 4, 6, 8, 10, 12] as const

export interface WidthRow {
  /** Index in every `widths` array. */
  readonly index: number
  readonly id: string
  readonly name: string
  readonly elements: number
  /** The mean of its kernels' where each has its own. */
  readonly bits: number | null
  /** Null where kernels are rounded each for itself, too. */
  readonly rounded: number | null
  /** Where kernels have widths of their own: what `bits` is then, and between which widths they lie. */
  readonly kernels: { readonly words: string; readonly extremes: readonly [least: number, greatest: number] | null } | null
  readonly minBits: number
  readonly maxBits: number
  readonly mode: QuantizerInfo['mode']
  readonly perChannel: boolean
  readonly fixed: boolean
}

export function widthRows(quantizers: readonly QuantizerInfo[], kind: QuantizerInfo['kind'], latest: readonly number[] | null): WidthRow[] {
  return quantizers.flatMap((quantizer, index) => {
    if (quantizer.kind !== kind) return []
    const bits = latest?.[index] ?? null
    const { id, layer, elements, minBits, maxBits, mode, perChannel, kernels } = quantizer
    const extremes = latest === null ? null : kernelExtremes(quantizers, index, latest)
    return [
      {
        index,
        id,
        name: layer,
        elements,
        bits,
        rounded: bits === null || kernels !== undefined ? null : roundHalfEven(bits),
        kernels: kernels === undefined ? null : { words: kernelWords(kernels, extremes), extremes },
        minBits,
        maxBits,
        mode,
        perChannel,
        fixed: minBits === maxBits,
      },
    ]
  })
}

/** Place on the scale, 0 to 1. */
export const onScale = (bits: number): number => Math.min(1, Math.max(0, (bits - SCALE.from) / (SCALE.to - SCALE.from)))

/** Mean bit-width, weighted by the number of weights; plain for activations, which have none. Null while nothing is known. */
export function meanBits(rows: readonly WidthRow[]): number | null {
  let sum = 0
  let weight = 0
  for (const row of rows) {
    if (row.bits === null) continue
    const share = Math.max(1, row.elements)
    sum += row.bits * share
    weight += share
  }
  return weight === 0 ? null : sum / weight
}

import type { QuantizerInfo } from '../../../../src/contract/entities'
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
  readonly bits: number | null
  readonly rounded: number | null
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
    const { id, layer, elements, minBits, maxBits, mode, perChannel } = quantizer
    return [
      {
        index,
        id,
        name: layer,
        elements,
        bits,
        rounded: bits === null ? null : roundHalfEven(bits),
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

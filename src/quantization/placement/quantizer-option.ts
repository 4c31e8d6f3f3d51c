import { INITIAL_BITS } from '../quantizer-spec'

/** One way in which hardware can quantize a tensor. */
export interface QuantizerOption {
  readonly bits: number
  readonly mode: 'symmetric' | 'asymmetric'
  readonly perChannel: boolean
  /** Imposed sign of a symmetric grid; null takes either. */
  readonly signed: boolean | null
}

/** What quantizers start from where no hardware table speaks (spec 2.4). */
export const DEFAULT_OPTION: QuantizerOption = { bits: INITIAL_BITS, mode: 'symmetric', perChannel: false, signed: null }

export const sameOption = (a: QuantizerOption, b: QuantizerOption): boolean =>
  a.bits === b.bits && a.mode === b.mode && a.perChannel === b.perChannel && a.signed === b.signed

/** Whether two lists offer the same options in the same order of preference. */
export const sameOptions = (a: readonly QuantizerOption[], b: readonly QuantizerOption[]): boolean =>
  a.length === b.length && a.every((option, i) => b[i] !== undefined && sameOption(option, b[i]))

/**
 * The options that all lists share, best first: by the sum of their positions in the lists, then more bits, then per tensor, then symmetric
 * (spec 6.4). Empty where the lists have nothing in common.
 */
export function commonOptions(lists: readonly (readonly QuantizerOption[])[]): QuantizerOption[] {
  const [first = [], ...others] = lists
  const ranked = first.flatMap((option, position) => {
    const positions = others.map((list) => list.findIndex((candidate) => sameOption(candidate, option)))
    return positions.includes(-1) ? [] : [{ option, rank: positions.reduce((sum, at) => sum + at, position) }]
  })
  const order = (a: QuantizerOption, b: QuantizerOption): number =>
    b.bits - a.bits || Number(a.perChannel) - Number(b.perChannel) || Number(a.mode === 'asymmetric') - Number(b.mode === 'asymmetric')
  return ranked.sort((a, b) => a.rank - b.rank || order(a.option, b.option)).map(({ option }) => option)
}

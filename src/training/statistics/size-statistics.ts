import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { clampedWidth, integerWidth } from '../../quantization/round-widths'
import { meanWidths, widthsByQuantizer } from '../../quantization/width-layout'

/** What the original reports about learned widths (spec 8.3); its `fractional_model_size` is a rate, despite the name. */
export interface SizeStatistics {
  /** Bits of all weights at integer widths. */
  readonly current_model_size: number
  /** INT8 size / size at fractional widths. */
  readonly fractional_model_size: number
  /** INT8 size / size at integer widths. */
  readonly compression_rate: number
  /** Fractional width by the path of its layer; the mean of its kernels' where each has its own. */
  readonly frac_bits: Readonly<Record<string, number>>
}

const EPSILON = 1e-6

/** `widths` has one entry per quantizer, or per kernel of it. Activations do not count. */
export function sizeStatistics(specs: readonly QuantizerSpec[], widths: ArrayLike<number>): SizeStatistics {
  let initial = 0
  let fractional = 0
  let current = 0
  const fractions: Record<string, number> = {}
  const means = meanWidths(specs, widths)
  widthsByQuantizer(specs, widths).forEach((own, i) => {
    const spec = specs[i]
    if (spec?.kind !== 'weight') return
    const elements = spec.elements / own.length
    initial += spec.elements * spec.initialBits
    for (const width of own) {
      fractional += elements * clampedWidth(spec, width)
      current += elements * integerWidth(spec, width)
    }
    fractions[`nncf_module.${spec.layer}`] = clampedWidth(spec, means[i] ?? spec.initialBits)
  })
  return {
    current_model_size: current,
    fractional_model_size: initial / (fractional + EPSILON),
    compression_rate: initial / (current + EPSILON),
    frac_bits: fractions,
  }
}

/** Sizes, then the width of each layer, by the names of the original. */
const namedValues = ({ frac_bits: fractions, ...sizes }: SizeStatistics): (readonly [name: string, value: number])[] => [
  ...Object.entries(sizes),
  ...Object.entries(fractions).map(([layer, value]) => [`frac_bits/${layer}`, value] as const),
]

/** The same as scalars, under the names of the original. */
export function statisticsScalars(statistics: SizeStatistics): { readonly key: string; readonly value: number }[] {
  return namedValues(statistics).map(([key, value]) => ({ key: `fracbits_quantization/${key}`, value }))
}

const pythonNumber = (key: string, value: number): string => (Number.isInteger(value) && key !== 'current_model_size' ? value.toFixed(1) : String(value))

/** The same as text: the dictionary as Python prints one (spec 8.3). */
export function statisticsText(statistics: SizeStatistics): string {
  return `{${namedValues(statistics).map(([key, value]) => `'${key}': ${pythonNumber(key, value)}`).join(', ')}}`
}

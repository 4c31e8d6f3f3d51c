import type { QuantizerSpec } from '../../quantization/quantizer-spec'

/** What the original reports about learned widths (spec 8.3); its `fractional_model_size` is a rate, despite the name. */
export interface SizeStatistics {
  /** Bits of all weights at integer widths. */
  readonly current_model_size: number
  /** INT8 size / size at fractional widths. */
  readonly fractional_model_size: number
  /** INT8 size / size at integer widths. */
  readonly compression_rate: number
  /** Fractional width by the path of its layer. */
  readonly frac_bits: Readonly<Record<string, number>>
}

const EPSILON = 1e-6

const roundHalfEven = (value: number): number => {
  const down = Math.floor(value)
  const rest = value - down
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down
}

/** Width as the quantizer uses it. */
export const clampedWidth = ({ minBits, maxBits }: Pick<QuantizerSpec, 'minBits' | 'maxBits'>, width: number): number => Math.min(maxBits, Math.max(minBits, width))

/** Width that the quantizer has once it is frozen. */
export const integerWidth = (spec: Pick<QuantizerSpec, 'minBits' | 'maxBits'>, width: number): number => roundHalfEven(clampedWidth(spec, width))

/** `widths` has one entry per quantizer. Activations do not count. */
export function sizeStatistics(specs: readonly QuantizerSpec[], widths: ArrayLike<number>): SizeStatistics {
  let initial = 0
  let fractional = 0
  let current = 0
  const fractions: Record<string, number> = {}
  specs.forEach((spec, i) => {
    if (spec.kind !== 'weight') return
    const width = widths[i] ?? spec.initialBits
    initial += spec.elements * spec.initialBits
    fractional += spec.elements * clampedWidth(spec, width)
    current += spec.elements * integerWidth(spec, width)
    fractions[`nncf_module.${spec.layer}`] = clampedWidth(spec, width)
  })
  return {
    current_model_size: current,
    fractional_model_size: initial / (fractional + EPSILON),
    compression_rate: initial / (current + EPSILON),
    frac_bits: fractions,
  }
}

/** The same as scalars, under the names of the original. */
export function statisticsScalars(statistics: SizeStatistics): { readonly key: string; readonly value: number }[] {
  const { frac_bits: fractions, ...sizes } = statistics
  const named = [...Object.entries(sizes), ...Object.entries(fractions).map(([layer, value]) => [`frac_bits/${layer}`, value] as const)]
  return named.map(([key, value]) => ({ key: `fracbits_quantization/${key}`, value }))
}

const pythonNumber = (key: string, value: number): string => (Number.isInteger(value) && key !== 'current_model_size' ? value.toFixed(1) : String(value))

/** The same as text: the dictionary as Python prints one (spec 8.3). */
export function statisticsText({ frac_bits: fractions, ...sizes }: SizeStatistics): string {
  const named = [...Object.entries(sizes), ...Object.entries(fractions).map(([layer, value]) => [`frac_bits/${layer}`, value] as const)]
  return `{${named.map(([key, value]) => `'${key}': ${pythonNumber(key, value)}`).join(', ')}}`
}

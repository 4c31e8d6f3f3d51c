import { roundHalfEven } from '../util/round-half-even'
import type { QuantizerSpec } from './quantizer-spec'

type WidthBounds = Pick<QuantizerSpec, 'minBits' | 'maxBits'>

/** Width as the quantizer uses it. */
export const clampedWidth = ({ minBits, maxBits }: WidthBounds, width: number): number => Math.min(maxBits, Math.max(minBits, width))

/** Width that the quantizer has once it is frozen: half to even, as the quantizers round. */
export const integerWidth = (bounds: WidthBounds, width: number): number => roundHalfEven(clampedWidth(bounds, width))

export interface RoundedWidths {
  readonly widths: readonly number[]
  /** Quantizers that got one bit less than plain rounding gives, so that the target is met. */
  readonly lowered: readonly string[]
  /** Initial cost / cost: INT8 size / size, unless another cost was given. */
  readonly rate: number
}

/** Size in bits of all quantized weights. */
export const sizeCost =
  (specs: readonly Pick<QuantizerSpec, 'elements'>[]) =>
  (widths: readonly number[]): number =>
    specs.reduce((sum, spec, i) => sum + spec.elements * (widths[i] ?? 0), 0)

/**
 * Integer widths for a freeze: clamped and rounded half to even, then, while the model costs more than `targetRate` allows, one bit is taken
 * from the quantizer that had been rounded up the most, of those that cost something. Without a target, plain rounding.
 */
export function roundWidths(bits: ArrayLike<number>, specs: readonly QuantizerSpec[], targetRate: number | null, cost = sizeCost(specs)): RoundedWidths {
  const clamped = specs.map((spec, i) => clampedWidth(spec, bits[i] ?? spec.initialBits))
  const widths = clamped.map(roundHalfEven)
  const initial = cost(specs.map((spec) => spec.initialBits))
  const rate = (): number => initial / cost(widths)
  const lower = (index: number): number[] => widths.map((width, i) => (i === index ? width - 1 : width))
  const costing = specs.map((_, i) => cost(lower(i)) < cost(widths))
  const lowered: string[] = []
  while (targetRate !== null && rate() < targetRate) {
    let best = -1
    let most = -Infinity
    specs.forEach((spec, i) => {
      const width = widths[i] ?? 0
      const excess = width - (clamped[i] ?? 0)
      if (costing[i] === true && width > spec.minBits && excess > most) {
        most = excess
        best = i
      }
    })
    const chosen = specs[best]
    if (!chosen) break
    widths[best] = (widths[best] ?? 0) - 1
    lowered.push(chosen.id)
  }
  return { widths, lowered, rate: rate() }
}

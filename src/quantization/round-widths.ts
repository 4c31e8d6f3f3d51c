import { roundHalfEven } from '../util/round-half-even'
import type { QuantizerSpec } from './quantizer-spec'

export type WidthBounds = Pick<QuantizerSpec, 'minBits' | 'maxBits' | 'allowedBits'>

/** Width as the quantizer uses it. */
export const clampedWidth = ({ minBits, maxBits }: WidthBounds, width: number): number => Math.min(maxBits, Math.max(minBits, width))

/** Integer widths that a quantizer may be frozen at, ascending. */
export const allowedWidths = ({ minBits, maxBits, allowedBits }: WidthBounds): readonly number[] =>
  (allowedBits ?? Array.from({ length: maxBits - minBits + 1 }, (_, i) => minBits + i)).filter((bits) => bits >= minBits && bits <= maxBits)

/** The allowed width nearest to a whole one, the narrower of two. */
export const nearestAllowed = (bounds: WidthBounds, bits: number): number =>
  allowedWidths(bounds).reduce((best, allowed) => (Math.abs(allowed - bits) < Math.abs(best - bits) ? allowed : best), allowedWidths(bounds)[0] ?? bits)

/** Width that the quantizer has once it is frozen: half to even, as the quantizers round, then the nearest that the device has. */
export const integerWidth = (bounds: WidthBounds, width: number): number => {
  const rounded = roundHalfEven(clampedWidth(bounds, width))
  return bounds.allowedBits === undefined ? rounded : nearestAllowed(bounds, rounded)
}

/** Size in bits of all quantized weights. */
export const sizeCost =
  (specs: readonly Pick<QuantizerSpec, 'elements'>[]) =>
  (widths: readonly number[]): number =>
    specs.reduce((sum, spec, i) => sum + spec.elements * (widths[i] ?? 0), 0)

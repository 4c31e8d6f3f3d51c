import { StudioError } from '../contract/errors'

/** Smallest scale that statistics may give (spec 4.8). */
const SMALLEST_SCALE = 0.1
/** Asymmetric ranges are at least this share of the widest channel's. */
const SMALLEST_RANGE_SHARE = 0.01

/** Lowest and highest value seen, per range (one entry, or one per channel). */
export interface RangeStatistics {
  readonly min: Float32Array
  readonly max: Float32Array
}

/** Ranges as a quantizer starts from them. */
export type RangeState =
  | { readonly mode: 'symmetric'; readonly scale: Float32Array; readonly signed: boolean }
  | { readonly mode: 'asymmetric'; readonly inputLow: Float32Array; readonly inputRange: Float32Array }

/**
 * Symmetric ranges from statistics: scale = max(|max|, |min|), at least 0.1; signed if anything lies below zero, unless the sign is given.
 * Statistics that are not a number (of a tensor of zeros, for instance) give the smallest scale.
 */
export function symmetricFromStatistics({ min, max }: RangeStatistics, sign: boolean | null): { scale: Float32Array; signed: boolean } {
  const scale = max.map((high, i) => {
    const magnitude = Math.max(Math.abs(high), Math.abs(min[i] ?? 0))
    return magnitude > SMALLEST_SCALE ? magnitude : SMALLEST_SCALE
  })
  return { scale, signed: sign ?? min.some((value) => value < 0) }
}

/** Asymmetric ranges from statistics: narrow channels are widened evenly on both sides to 1 % of the widest. */
export function asymmetricFromStatistics({ min, max }: RangeStatistics): { inputLow: Float32Array; inputRange: Float32Array } {
  const ranges = max.map((high, i) => Math.fround(high - (min[i] ?? 0)))
  const floor = Math.fround(SMALLEST_RANGE_SHARE * ranges.reduce((widest, range) => Math.max(widest, range), 0))
  const inputRange = new Float32Array(ranges.length)
  const inputLow = new Float32Array(ranges.length)
  ranges.forEach((range, i) => {
    const correction = Math.fround((Math.max(range, floor) - range) / 2)
    inputRange[i] = range + 2 * correction
    inputLow[i] = (min[i] ?? 0) - correction
  })
  return { inputLow, inputRange }
}

export interface RangeForm {
  readonly mode: 'symmetric' | 'asymmetric'
  /** Sign of a symmetric grid where it is imposed. */
  readonly forceSigned: boolean | null
}

/** Throws DATA_CORRUPT where there is nothing finite to start from: `id` is named. */
export function rangesFromStatistics(id: string, form: RangeForm, statistics: RangeStatistics): RangeState {
  const { min, max } = statistics
  const infinite = [...min, ...max].every((value) => Math.abs(value) === Infinity)
  if (infinite || min.some((value) => value === Infinity) || max.some((value) => value === -Infinity)) {
    throw new StudioError(
      'DATA_CORRUPT',
      `The ranges of "${id}" cannot be initialised: its values are infinite, or there were none. Check the weights that the run starts from, and the images.`,
    )
  }
  return form.mode === 'symmetric'
    ? { mode: 'symmetric', ...symmetricFromStatistics(statistics, form.forceSigned) }
    : { mode: 'asymmetric', ...asymmetricFromStatistics(statistics) }
}

/** Ranges where no samples are to be looked at: scale 1 and unsigned (unless the sign is given), or 0 to 1. */
export function uninitialisedRanges(form: RangeForm, ranges: number): RangeState {
  const ones = (): Float32Array => new Float32Array(ranges).fill(1)
  return form.mode === 'symmetric'
    ? { mode: 'symmetric', scale: ones(), signed: form.forceSigned ?? false }
    : { mode: 'asymmetric', inputLow: new Float32Array(ranges), inputRange: ones() }
}

/** Of places that share one quantizer: the lowest minimum and the highest maximum (spec 6.5). */
export function unifiedStatistics(parts: readonly RangeStatistics[]): RangeStatistics {
  const [first] = parts
  if (!first) throw new RangeError('a quantizer has at least one place')
  const over = (of: (part: RangeStatistics) => Float32Array, pick: (...values: number[]) => number): Float32Array =>
    of(first).map((_, i) => pick(...parts.map((part) => of(part)[i] ?? Number.NaN)))
  return { min: over(({ min }) => min, Math.min), max: over(({ max }) => max, Math.max) }
}

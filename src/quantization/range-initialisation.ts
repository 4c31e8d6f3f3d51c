/** Smallest scale that statistics may give (spec 4.8). */
const SMALLEST_SCALE = 0.1
/** Asymmetric ranges are at least this share of the widest channel's. */
const SMALLEST_RANGE_SHARE = 0.01

/** Lowest and highest value seen, per range (one entry, or one per channel). */
export interface RangeStatistics {
  readonly min: Float32Array
  readonly max: Float32Array
}

/** Symmetric ranges from statistics: scale = max(|max|, |min|), at least 0.1; signed if anything lies below zero or the sign is forced. */
export function symmetricFromStatistics({ min, max }: RangeStatistics, forceSigned: boolean): { scale: Float32Array; signed: boolean } {
  const scale = max.map((high, i) => {
    const magnitude = Math.max(Math.abs(high), Math.abs(min[i] ?? 0))
    return magnitude > SMALLEST_SCALE ? magnitude : SMALLEST_SCALE
  })
  return { scale, signed: forceSigned || min.some((value) => value < 0) }
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

/**
 * Collects the statistics of the range type `mixed_min_max` (spec 7.2) for one activation: per tensor, the mean over images of each image's
 * maximum (of |x| if symmetric) and the minimum (mean, if asymmetric) of each image's minimum; per channel, extremes over everything.
 */
export class MixedMinMax {
  private readonly minima: number[] = []
  private readonly maxima: number[] = []
  private channelMin: Float32Array | null = null
  private channelMax: Float32Array | null = null

  constructor(private readonly options: { readonly perChannel: boolean; readonly symmetric: boolean }) {}

  /** `min` and `max` hold one entry per image (per tensor) or per channel (per channel) of one batch. */
  add(min: Float32Array, max: Float32Array): void {
    if (!this.options.perChannel) {
      for (const value of min) this.minima.push(value)
      for (const value of max) this.maxima.push(value)
      return
    }
    this.channelMin = this.channelMin?.map((value, i) => Math.min(value, min[i] ?? value)) ?? Float32Array.from(min)
    this.channelMax = this.channelMax?.map((value, i) => Math.max(value, max[i] ?? value)) ?? Float32Array.from(max)
  }

  result(): RangeStatistics {
    if (this.options.perChannel) return { min: this.channelMin ?? new Float32Array(), max: this.channelMax ?? new Float32Array() }
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    const lowest = this.options.symmetric ? this.minima.reduce((low, value) => Math.min(low, value), Infinity) : mean(this.minima)
    return { min: Float32Array.of(lowest), max: Float32Array.of(mean(this.maxima)) }
  }
}

/** Statistics of a weight [m, channels], channels last: extremes per channel or over all; the maximum of |w| if symmetric. */
export function weightStatistics(values: Float32Array, channels: number, options: { perChannel: boolean; symmetric: boolean }): RangeStatistics {
  const ranges = options.perChannel ? channels : 1
  const min = new Float32Array(ranges).fill(Infinity)
  const max = new Float32Array(ranges).fill(-Infinity)
  values.forEach((value, i) => {
    const at = options.perChannel ? i % channels : 0
    min[at] = Math.min(min[at] ?? Infinity, value)
    max[at] = Math.max(max[at] ?? -Infinity, options.symmetric ? Math.abs(value) : value)
  })
  return { min, max }
}

import type { RangeConfig } from '../contract/training-config'
import { medianOfSorted, percentileOfPercentiles, percentileOfSorted } from './percentile'
import type { RangeStatistics } from './range-initialisation'
import { forEachValue, type TensorView } from './tensor-view'

export interface CollectorOptions {
  readonly type: RangeConfig['type']
  readonly params?: RangeConfig['params'] | undefined
  /** Of a weight rather than an activation. */
  readonly weights: boolean
  /** The maximum is that of |x| (but not of percentiles). */
  readonly symmetric: boolean
  /** In PyTorch's order: 1 of activations, 0 of weights; null is one range for all. */
  readonly channelAxis: number | null
}

/** Gathers what one quantizer's ranges follow from, batch by batch (spec 7.2). */
export interface RangeCollector {
  add(values: TensorView): void
  result(): RangeStatistics
}

/** A deviation of normally distributed values is this many times their median absolute deviation. */
const DEVIATIONS_PER_MAD = 1.482623

function percentilesOf({ params }: CollectorOptions): { low: number; high: number } {
  return { low: params?.min_percentile ?? 0.1, high: params?.max_percentile ?? 99.9 }
}

/** Types for which the extremes of each image or channel are all that counts. */
export const needsExtremesOnly = (type: RangeConfig['type']): boolean => ['min_max', 'mixed_min_max', 'mean_min_max'].includes(type)

export function createCollector(options: CollectorOptions): RangeCollector {
  if (needsExtremesOnly(options.type)) return new ExtremesCollector(options)
  return options.type === 'mean_percentile' ? new MeanPercentileCollector(options) : new ValuesCollector(options)
}

const least = (values: ArrayLike<number>): number => Array.from(values).reduce((low, value) => Math.min(low, value), Infinity)
const greatest = (values: ArrayLike<number>): number => Array.from(values).reduce((high, value) => Math.max(high, value), -Infinity)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** `min_max`: extremes over everything; `mean_min_max`: means of the batches' extremes; `mixed_min_max`: as told at {@link ExtremesCollector.result}. */
export class ExtremesCollector implements RangeCollector {
  private readonly batches: RangeStatistics[] = []

  constructor(private readonly options: CollectorOptions) {}

  add(values: TensorView): void {
    const axis = this.options.channelAxis ?? (this.options.weights ? -1 : 0)
    const count = values.shape[axis] ?? 1
    const min = new Float32Array(count).fill(Infinity)
    const max = new Float32Array(count).fill(-Infinity)
    forEachValue(values, axis, (value, at) => {
      min[at] = Math.min(min[at] ?? Infinity, value)
      max[at] = Math.max(max[at] ?? -Infinity, this.options.symmetric ? Math.abs(value) : value)
    })
    this.addExtremes(min, max)
  }

  /** Extremes of one batch: an entry per channel, or (one range for all) per image. */
  addExtremes(min: Float32Array, max: Float32Array): void {
    this.batches.push({ min: Float32Array.from(min), max: Float32Array.from(max) })
  }

  /**
   * `mixed_min_max` of an activation with one range: the mean over images of each image's maximum; of the minima the mean, or the lowest
   * if symmetric. In all other cases the extremes of the channel.
   */
  result(): RangeStatistics {
    const { type, weights, symmetric, channelAxis } = this.options
    const { batches } = this
    if (channelAxis === null) {
      const minima = batches.map(({ min }) => least(min))
      const maxima = batches.map(({ max }) => greatest(max))
      if (type === 'mean_min_max') return { min: Float32Array.of(mean(minima)), max: Float32Array.of(mean(maxima)) }
      if (type === 'min_max' || weights) return { min: Float32Array.of(least(minima)), max: Float32Array.of(greatest(maxima)) }
      const images = (of: (batch: RangeStatistics) => Float32Array): number[] => batches.flatMap((batch) => Array.from(of(batch)))
      const lowest = symmetric ? least(minima) : mean(images(({ min }) => min))
      return { min: Float32Array.of(lowest), max: Float32Array.of(mean(images(({ max }) => max))) }
    }
    const over = (of: (batch: RangeStatistics) => Float32Array, combine: (values: readonly number[]) => number): Float32Array =>
      (batches[0] ? of(batches[0]) : new Float32Array()).map((_, channel) => combine(batches.map((batch) => of(batch)[channel] ?? 0)))
    const averaged = type === 'mean_min_max'
    return { min: over(({ min }) => min, averaged ? mean : least), max: over(({ max }) => max, averaged ? mean : greatest) }
  }
}

/** `percentile` and `threesigma`: of all values that were seen, which are kept until the end. */
export class ValuesCollector implements RangeCollector {
  private readonly channels: Float32Array[][] = []

  constructor(private readonly options: CollectorOptions) {}

  add(values: TensorView): void {
    const axis = this.options.channelAxis ?? -1
    const channels = values.shape[axis] ?? 1
    const each = values.shape.reduce((product, size) => product * size, 1) / channels
    const gathered = Array.from({ length: channels }, () => ({ values: new Float32Array(each), count: 0 }))
    forEachValue(values, axis, (value, at) => {
      const channel = gathered[at]
      if (channel && (this.options.type !== 'threesigma' || value !== 0)) channel.values[channel.count++] = value
    })
    gathered.forEach((channel, at) => {
      const kept = this.channels[at] ?? []
      this.channels[at] = kept
      kept.push(channel.values.slice(0, channel.count))
    })
  }

  result(): RangeStatistics {
    const sorted = this.sorted()
    if (this.options.type === 'percentile') {
      const { low, high } = percentilesOf(this.options)
      return { min: Float32Array.from(sorted, (values) => percentileOfSorted(values, low)), max: Float32Array.from(sorted, (values) => percentileOfSorted(values, high)) }
    }
    const { median, deviation } = this.spread(sorted)
    const reach = deviation.map((value) => 3 * DEVIATIONS_PER_MAD * value)
    return { min: median.map((value, i) => value - (reach[i] ?? 0)), max: median.map((value, i) => value + (reach[i] ?? 0)) }
  }

  /** Median and median absolute deviation of each channel; NaN where there was nothing but zeros. */
  spread(sorted = this.sorted()): { median: Float32Array; deviation: Float32Array } {
    const median = Float32Array.from(sorted, medianOfSorted)
    const deviation = Float32Array.from(sorted, (values, i) => medianOfSorted(values.map((value) => Math.abs(value - (median[i] ?? 0))).sort()))
    return { median, deviation }
  }

  private sorted(): Float32Array[] {
    return this.channels.map((parts) => {
      const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
      parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
      return all.sort()
    })
  }
}

/** `mean_percentile`: percentiles of each batch, averaged. */
class MeanPercentileCollector implements RangeCollector {
  private readonly batches: RangeStatistics[] = []

  constructor(private readonly options: CollectorOptions) {}

  add(values: TensorView): void {
    const { low, high } = percentilesOf(this.options)
    const axis = this.options.channelAxis
    if (axis !== null) {
      this.batches.push({ min: percentileOfPercentiles(values, axis, low), max: percentileOfPercentiles(values, axis, high) })
      return
    }
    const sorted = Float32Array.from(values.data).sort()
    this.batches.push({ min: Float32Array.of(percentileOfSorted(sorted, low)), max: Float32Array.of(percentileOfSorted(sorted, high)) })
  }

  result(): RangeStatistics {
    const over = (of: (batch: RangeStatistics) => Float32Array): Float32Array =>
      (this.batches[0] ? of(this.batches[0]) : new Float32Array()).map((_, i) => mean(this.batches.map((batch) => of(batch)[i] ?? 0)))
    return { min: over(({ min }) => min), max: over(({ max }) => max) }
  }
}

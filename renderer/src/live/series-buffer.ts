import type { SeriesColumns } from '../../../src/contract/entities'
import { ascendingRuns } from './ascending-runs'
import { decimate, type Points } from './decimate'

/**
 * One live curve with bounded memory. Points that arrive again (after a reconnection, or because a resumed run repeats steps) replace
 * the ones in their range, as the store does it.
 */
export class SeriesBuffer {
  private steps: Float64Array
  private values: Float64Array
  private length = 0

  /** Keeps at most `capacity` points; when full, thins to half of it. */
  constructor(private readonly capacity = 4000) {
    this.steps = new Float64Array(Math.min(capacity, 256))
    this.values = new Float64Array(this.steps.length)
  }

  get size(): number {
    return this.length
  }

  get lastStep(): number | null {
    return this.length === 0 ? null : (this.steps[this.length - 1] ?? null)
  }

  get lastValue(): number | null {
    const value = this.values[this.length - 1]
    return value === undefined || Number.isNaN(value) ? null : value
  }

  merge(columns: Pick<SeriesColumns, 'steps' | 'values'>): void {
    for (const { from, to } of ascendingRuns(columns.steps)) this.mergeRun(columns.steps.slice(from, to), columns.values.slice(from, to))
    if (this.length > this.capacity) this.thin()
  }

  private mergeRun(runSteps: readonly number[], runValues: readonly (number | null)[]): void {
    const count = runSteps.length
    const first = runSteps[0]
    const last = runSteps[count - 1]
    if (first === undefined || last === undefined) return
    const from = this.lowerBound(first)
    const to = this.upperBound(last)
    const tailSteps = this.steps.slice(to, this.length)
    const tailValues = this.values.slice(to, this.length)
    this.reserve(from + count + tailSteps.length)
    for (let index = 0; index < count; index += 1) {
      this.steps[from + index] = runSteps[index] ?? 0
      this.values[from + index] = runValues[index] ?? Number.NaN
    }
    this.steps.set(tailSteps, from + count)
    this.values.set(tailValues, from + count)
    this.length = from + count + tailSteps.length
  }

  clear(): void {
    this.length = 0
  }

  /** Views of the kept points; valid until the next `merge`. */
  points(): Points {
    return { steps: this.steps.subarray(0, this.length), values: this.values.subarray(0, this.length) }
  }

  private lowerBound(step: number): number {
    let low = 0
    let high = this.length
    if (high > 0 && (this.steps[high - 1] ?? 0) < step) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.steps[middle] ?? 0) < step) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Position after the last point at or before `step`. */
  private upperBound(step: number): number {
    let position = this.lowerBound(step)
    while (position < this.length && (this.steps[position] ?? 0) <= step) position += 1
    return position
  }

  private reserve(needed: number): void {
    if (needed <= this.steps.length) return
    const size = Math.max(needed, this.steps.length * 2)
    const steps = new Float64Array(size)
    const values = new Float64Array(size)
    steps.set(this.steps.subarray(0, this.length))
    values.set(this.values.subarray(0, this.length))
    this.steps = steps
    this.values = values
  }

  private thin(): void {
    const thinned = decimate(this.points(), Math.floor(this.capacity / 2))
    this.length = thinned.steps.length
    this.steps.set(thinned.steps)
    this.values.set(thinned.values)
  }
}

import type { QuantizerInfo } from '../../../../src/contract/entities'
import { type ModelSize, modelSizeOf } from '../../format/bits'
import type { Points } from '../../live/decimate'

/** What was true at one moment of a run. */
export interface Moment {
  readonly step: number
  readonly widths: readonly number[]
  readonly size: ModelSize
  /** By the newest validation until then; null before the first. */
  readonly integerTop1: number | null
  readonly fractionalTop1: number | null
}

/** Position of the newest step at or before `step`; -1 when there is none. */
export function lastAt(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle] ?? 0) <= step) low = middle + 1
    else high = middle
  }
  return low - 1
}

const valueAt = ({ steps, values }: Points, step: number): number | null => {
  const value = values[lastAt(steps, step)]
  return value === undefined || Number.isNaN(value) ? null : value
}

export function momentAt(
  step: number,
  history: { readonly steps: readonly number[]; readonly widths: readonly (readonly number[])[] },
  quantizers: readonly QuantizerInfo[],
  integer: Points,
  fractional: Points,
): Moment | null {
  const at = Math.max(0, lastAt(history.steps, step))
  const widths = history.widths[at]
  if (widths === undefined) return null
  return { step, widths, size: modelSizeOf(quantizers, widths), integerTop1: valueAt(integer, step), fractionalTop1: valueAt(fractional, step) }
}

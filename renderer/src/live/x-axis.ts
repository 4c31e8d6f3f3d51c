import type { Points } from './decimate'

export const X_AXES = ['step', 'epoch', 'wall', 'process'] as const
export type XAxis = (typeof X_AXES)[number]
export const X_WORDS: Readonly<Record<XAxis, string>> = { step: 'step', epoch: 'epoch', wall: 'wall time', process: 'training time' }

/** Between a run's steps and another measure of its progress; both ways, and straight lines between what is known. */
export interface XMap {
  toX(step: number): number
  toStep(x: number): number
}

export const sameX: XMap = { toX: (step) => step, toStep: (x) => x }

export const epochX = (stepsPerEpoch: number): XMap =>
  stepsPerEpoch > 0 ? { toX: (step) => step / stepsPerEpoch, toStep: (x) => x * stepsPerEpoch } : sameX

/** Along a recorded curve of times over steps. */
export function timeX({ steps, values }: Points): XMap {
  if (steps.length === 0) return sameX
  return { toX: (step) => between(steps, values, step), toStep: (x) => between(values, steps, x) }
}

function between(from: Float64Array, to: Float64Array, at: number): number {
  let low = 0
  let high = from.length - 1
  if (at <= (from[0] ?? 0)) return (to[0] ?? 0) * ((from[0] ?? 0) > 0 ? Math.max(0, at) / (from[0] ?? 1) : 1)
  if (at >= (from[high] ?? 0)) return to[high] ?? 0
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((from[middle] ?? 0) <= at) low = middle
    else high = middle
  }
  const [a, b] = [from[low] ?? 0, from[high] ?? 0]
  const share = b > a ? (at - a) / (b - a) : 0
  return (to[low] ?? 0) + share * ((to[high] ?? 0) - (to[low] ?? 0))
}

export const mapPoints = (points: Points, map: XMap): Points =>
  map === sameX ? points : { steps: points.steps.map((step) => map.toX(step)), values: points.values }

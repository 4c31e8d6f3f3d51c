export interface Points {
  readonly steps: Float64Array
  readonly values: Float64Array
}

/**
 * Thins a curve to at most `maxPoints` points. The x range is cut into equal buckets and each keeps its smallest and its largest value
 * (in x order), so that spikes stay visible; first and last point always stay. Missing values are NaN and survive only in buckets
 * without any number.
 */
export function decimate(points: Points, maxPoints: number): Points {
  const count = points.steps.length
  if (count <= maxPoints || maxPoints < 4) return points
  const first = points.steps[0] ?? 0
  const last = points.steps[count - 1] ?? first
  const buckets = Math.floor((maxPoints - 2) / 2)
  const perStep = last > first ? buckets / (last - first) : 0
  const kept: number[] = [0]
  let index = 1
  while (index < count - 1) {
    const bucket = bucketOf(points.steps, index, first, perStep, buckets)
    let low = index
    let high = index
    let end = index + 1
    while (end < count - 1 && bucketOf(points.steps, end, first, perStep, buckets) === bucket) {
      if (less(points.values, end, low)) low = end
      if (less(points.values, high, end)) high = end
      end += 1
    }
    kept.push(Math.min(low, high))
    if (low !== high) kept.push(Math.max(low, high))
    index = end
  }
  kept.push(count - 1)
  return { steps: Float64Array.from(kept, (at) => points.steps[at] ?? 0), values: Float64Array.from(kept, (at) => points.values[at] ?? Number.NaN) }
}

function bucketOf(steps: Float64Array, index: number, first: number, perStep: number, buckets: number): number {
  return Math.min(buckets - 1, Math.floor(((steps[index] ?? first) - first) * perStep))
}

/** Whether the value at `a` is smaller than that at `b`; any number beats a missing one. */
function less(values: Float64Array, a: number, b: number): boolean {
  const left = values[a] ?? Number.NaN
  const right = values[b] ?? Number.NaN
  return Number.isNaN(right) ? !Number.isNaN(left) : left < right
}

import { contiguousView, forEachValue, type TensorView } from './tensor-view'

/** The `percent`-th percentile of sorted values, linear between neighbours; NaN of none. */
export function percentileOfSorted(sorted: Float32Array, percent: number): number {
  if (sorted.length === 0) return Number.NaN
  const position = ((sorted.length - 1) * percent) / 100
  const below = Math.floor(position)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low
  return low + (high - low) * (position - below)
}

/** The middle of sorted values, the mean of two where there is no one middle; NaN of none. */
export const medianOfSorted = (sorted: Float32Array): number => percentileOfSorted(sorted, 50)

/** Every axis but `kept` reduced to its percentile, one after another in order: a percentile of percentiles (spec 7.2). One entry per position of `kept`. */
export function percentileOfPercentiles(view: TensorView, kept: number, percent: number): Float32Array {
  let current = view
  view.shape.forEach((_, axis) => {
    if (axis !== kept) current = reduceAxis(current, axis, percent)
  })
  const result = new Float32Array(view.shape[kept] ?? 0)
  forEachValue(current, kept, (value, position) => (result[position] = value))
  return result
}

function reduceAxis({ data, shape, strides }: TensorView, axis: number, percent: number): TensorView {
  const length = shape[axis] ?? 1
  const stride = strides[axis] ?? 0
  const outer = { data: Int32Array.from({ length: data.length }, (_, i) => i), shape: shape.map((size, i) => (i === axis ? 1 : size)), strides }
  const result: number[] = []
  const line = new Float32Array(length)
  forEachValue(outer, axis, (offset) => {
    for (let i = 0; i < length; i++) line[i] = data[offset + i * stride] ?? 0
    result.push(percentileOfSorted(line.sort(), percent))
  })
  return contiguousView(result, outer.shape)
}

import type { ParameterInfo } from '../models/parameters'

/** A tensor read in PyTorch's axis order (activations NCHW, weights OIHW or OI), whatever the layout of its memory. */
export interface TensorView {
  readonly data: ArrayLike<number>
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** Row-major, as recorded tensors and state dicts are. */
export function contiguousView(data: ArrayLike<number>, shape: readonly number[]): TensorView {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  return { data, shape, strides }
}

/** An activation of the engine: [images, height, width, channels]. */
export function activationView(data: ArrayLike<number>, [n, h, w, c]: readonly [number, number, number, number]): TensorView {
  return { data, shape: [n, c, h, w], strides: [h * w * c, 1, w * c, c] }
}

/** A weight in the engine's layout. */
export function weightView(data: ArrayLike<number>, { kind, shape }: ParameterInfo): TensorView {
  const [a = 1, b = 1, c = 1, d = 1] = shape
  if (kind === 'linear-weight') return { data, shape: [b, a], strides: [1, b] }
  if (kind === 'depthwise-weight') return { data, shape: [c * d, 1, a, b], strides: [1, 1, b * c * d, c * d] }
  return { data, shape: [d, c, a, b], strides: [1, d, b * c * d, c * d] }
}

/** Calls `visit` with every value, in PyTorch's order, and its position along `axis`. */
export function forEachValue({ data, shape, strides }: TensorView, axis: number, visit: (value: number, position: number) => void): void {
  const index = shape.map(() => 0)
  const total = shape.reduce((product, size) => product * size, 1)
  let offset = 0
  for (let i = 0; i < total; i++) {
    visit(data[offset] ?? 0, index[axis] ?? 0)
    for (let at = shape.length - 1; at >= 0; at--) {
      const stride = strides[at] ?? 0
      const next = (index[at] ?? 0) + 1
      if (next < (shape[at] ?? 1)) {
        index[at] = next
        offset += stride
        break
      }
      offset -= stride * (next - 1)
      index[at] = 0
    }
  }
}

import { attribute } from './attributes'
import type { Scope } from './scope'
import type { DataType, Tensor } from './types'

const F = { T: attribute.type('float32') }
const binary =
  (type: string) =>
  (s: Scope, a: Tensor, b: Tensor): Tensor =>
    s.one(type, [a, b], { T: attribute.type(a.dtype) }, ['z', a.dtype])
const compare =
  (type: string) =>
  (s: Scope, a: Tensor, b: Tensor): Tensor =>
    s.one(type, [a, b], { T: attribute.type(a.dtype) }, ['z', 'bool'])
const unary =
  (type: string) =>
  (s: Scope, a: Tensor): Tensor =>
    s.one(type, [a], { T: attribute.type(a.dtype) }, ['y', a.dtype])

/** Pointwise and shape operations; all broadcast as NumPy does. */
export const add = binary('AddV2')
export const subtract = binary('Sub')
export const multiply = binary('Mul')
export const divide = binary('RealDiv')
export const maximum = binary('Maximum')
export const minimum = binary('Minimum')
export const greater = compare('Greater')
export const greaterEqual = compare('GreaterEqual')
export const less = compare('Less')
export const lessEqual = compare('LessEqual')
/** Half to even. */
export const round = unary('Round')
export const floor = unary('Floor')
export const absolute = unary('Abs')
export const sign = unary('Sign')
export const negate = unary('Neg')
export const exponential = unary('Exp')
export const square = unary('Square')
export const squareRoot = unary('Sqrt')

export function logicalAnd(s: Scope, a: Tensor, b: Tensor): Tensor {
  return s.one('LogicalAnd', [a, b], {}, ['z', 'bool'])
}

export function logicalOr(s: Scope, a: Tensor, b: Tensor): Tensor {
  return s.one('LogicalOr', [a, b], {}, ['z', 'bool'])
}

export function equal(s: Scope, a: Tensor, b: Tensor): Tensor {
  return s.one('Equal', [a, b], { T: attribute.type(a.dtype), incompatible_shape_error: attribute.flag(true) }, ['z', 'bool'])
}

export function select(s: Scope, condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  return s.one('SelectV2', [condition, yes, no], { T: attribute.type(yes.dtype) }, ['output', yes.dtype])
}

export function cast(s: Scope, a: Tensor, to: DataType): Tensor {
  return s.one('Cast', [a], { SrcT: attribute.type(a.dtype), DstT: attribute.type(to), Truncate: attribute.flag(false) }, ['y', to])
}

export function reshape(s: Scope, a: Tensor, shape: readonly number[]): Tensor {
  return s.one('Reshape', [a, s.integers(shape)], { T: attribute.type(a.dtype), Tshape: attribute.type('int32') }, ['output', a.dtype])
}

export function reduceSum(s: Scope, a: Tensor, axes: readonly number[], keepDims = false): Tensor {
  return s.one('Sum', [a, s.integers(axes)], { T: attribute.type(a.dtype), Tidx: attribute.type('int32'), keep_dims: attribute.flag(keepDims) }, ['output', a.dtype])
}

export function reduceMean(s: Scope, a: Tensor, axes: readonly number[], keepDims = false): Tensor {
  return s.one('Mean', [a, s.integers(axes)], { ...F, Tidx: attribute.type('int32'), keep_dims: attribute.flag(keepDims) }, ['output', 'float32'])
}

export function reduceMax(s: Scope, a: Tensor, axes: readonly number[]): Tensor {
  return s.one('Max', [a, s.integers(axes)], { ...F, Tidx: attribute.type('int32'), keep_dims: attribute.flag(false) }, ['output', 'float32'])
}

export function reduceMin(s: Scope, a: Tensor, axes: readonly number[]): Tensor {
  return s.one('Min', [a, s.integers(axes)], { ...F, Tidx: attribute.type('int32'), keep_dims: attribute.flag(false) }, ['output', 'float32'])
}

/** Splits along axis 0 into `count` tensors of one rank less. */
export function unpack(s: Scope, a: Tensor, count: number, axis = 0): Tensor[] {
  return s.add(
    'Unpack',
    [a],
    { T: attribute.type(a.dtype), num: attribute.integer(count), axis: attribute.integer(axis) },
    Array.from({ length: count }, (_, i) => ['output', a.dtype, i] as const),
  )
}

/** Stacks tensors of equal shape along a new axis. */
export function pack(s: Scope, parts: readonly Tensor[], axis = 0): Tensor {
  const dtype = parts[0]?.dtype ?? 'float32'
  return s.one('Pack', parts, { T: attribute.type(dtype), N: attribute.integer(parts.length), axis: attribute.integer(axis) }, ['output', dtype])
}

export function concatenate(s: Scope, parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts
  // TensorFlow joins two or more.
  if (first && parts.length === 1) return first
  const dtype = first?.dtype ?? 'float32'
  return s.one(
    'ConcatV2',
    [...parts, s.constant('int32', [], [axis])],
    { T: attribute.type(dtype), N: attribute.integer(parts.length), Tidx: attribute.type('int32') },
    ['output', dtype],
  )
}

export function slice(s: Scope, a: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  return s.one('Slice', [a, s.integers(begin), s.integers(size)], { T: attribute.type(a.dtype), Index: attribute.type('int32') }, ['output', a.dtype])
}

/** Zeros before and behind each axis. */
export function pad(s: Scope, a: Tensor, borders: readonly (readonly [before: number, behind: number])[]): Tensor {
  const paddings = s.constant('int32', [borders.length, 2], borders.flat())
  return s.one('Pad', [a, paddings], { T: attribute.type(a.dtype), Tpaddings: attribute.type('int32') }, ['output', a.dtype])
}

/** Rows of `table` (axis 0) by int32 index. */
export function gather(s: Scope, table: Tensor, indices: Tensor): Tensor {
  return s.one(
    'GatherV2',
    [table, indices, s.constant('int32', [], [0])],
    { Tparams: attribute.type(table.dtype), Tindices: attribute.type('int32'), Taxis: attribute.type('int32'), batch_dims: attribute.integer(0) },
    ['output', table.dtype],
  )
}

export function identity(s: Scope, a: Tensor, after: readonly Tensor[], name: string): Tensor {
  return s.one('Identity', [a], { T: attribute.type(a.dtype) }, ['output', a.dtype], { after, name })
}

/** min(max(a, low), high). */
export function clip(s: Scope, a: Tensor, low: Tensor, high: Tensor): Tensor {
  return minimum(s, maximum(s, a, low), high)
}

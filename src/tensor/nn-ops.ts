import { attribute } from './attributes'
import type { Scope } from './scope'
import type { DataType, Tensor } from './types'

const F = { T: attribute.type('float32') }

/** Window of a convolution or pool over NHWC feature maps, zero-padded symmetrically. */
export interface Window {
  readonly kernel: readonly [height: number, width: number]
  readonly stride: readonly [height: number, width: number]
  readonly padding: readonly [height: number, width: number]
}

function windowAttributes({ kernel, stride, padding }: Window): Record<string, Uint8Array> {
  const [ph, pw] = padding
  const padded = ph > 0 || pw > 0
  // At stride 1 half a kernel on every side is what SAME means, and kernels for SAME are faster than those for explicit padding.
  const same = stride.every((size) => size === 1) && padding.every((size, i) => 2 * size + 1 === kernel[i])
  return {
    strides: attribute.integers([1, stride[0], stride[1], 1]),
    padding: attribute.text(!padded ? 'VALID' : same ? 'SAME' : 'EXPLICIT'),
    explicit_paddings: attribute.integers(padded && !same ? [0, 0, ph, ph, pw, pw, 0, 0] : []),
    data_format: attribute.text('NHWC'),
  }
}

const convAttributes = (dtype: DataType, window: Window, depthwise: boolean): Record<string, Uint8Array> => ({
  T: attribute.type(dtype),
  ...windowAttributes(window),
  dilations: attribute.integers([1, 1, 1, 1]),
  ...(depthwise ? {} : { use_cudnn_on_gpu: attribute.flag(true) }),
})

/** x [n,h,w,in], w [kh,kw,in,out] (depthwise: [kh,kw,channels,multiplier]); both, and the result, of one element type. */
export function convolution(s: Scope, x: Tensor, w: Tensor, window: Window, depthwise: boolean): Tensor {
  return s.one(depthwise ? 'DepthwiseConv2dNative' : 'Conv2D', [x, w], convAttributes(x.dtype, window, depthwise), ['output', x.dtype])
}

/** Gradient with respect to the input, whose shape is `inputShape`. */
export function convolutionInputGradient(s: Scope, inputShape: readonly number[], w: Tensor, gradient: Tensor, window: Window, depthwise: boolean): Tensor {
  const type = depthwise ? 'DepthwiseConv2dNativeBackpropInput' : 'Conv2DBackpropInput'
  return s.one(type, [s.integers(inputShape), w, gradient], convAttributes(gradient.dtype, window, depthwise), ['output', gradient.dtype])
}

/** Gradient with respect to the filter, whose shape is `filterShape`. */
export function convolutionFilterGradient(s: Scope, x: Tensor, filterShape: readonly number[], gradient: Tensor, window: Window, depthwise: boolean): Tensor {
  const type = depthwise ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter'
  return s.one(type, [x, s.integers(filterShape), gradient], convAttributes(gradient.dtype, window, depthwise), ['output', gradient.dtype])
}

export interface BatchNormOutput {
  readonly y: Tensor
  /** New running statistics (training), else the ones that went in. */
  readonly mean: Tensor
  readonly variance: Tensor
  /** What the gradient kernel wants back. */
  readonly reserved: readonly [Tensor, Tensor, Tensor]
}

/** Batch normalisation; in training `momentum` is the weight of the batch in the running statistics (variance unbiased, as PyTorch). */
export function batchNorm(
  s: Scope,
  x: Tensor,
  parameters: { scale: Tensor; shift: Tensor; mean: Tensor; variance: Tensor },
  options: { epsilon: number; momentum: number; training: boolean },
): BatchNormOutput {
  const [y, mean, variance, r1, r2, r3] = s.add(
    'FusedBatchNormV3',
    [x, parameters.scale, parameters.shift, parameters.mean, parameters.variance],
    {
      ...F,
      U: attribute.type('float32'),
      epsilon: attribute.float(options.epsilon),
      exponential_avg_factor: attribute.float(options.training ? options.momentum : 1),
      data_format: attribute.text('NHWC'),
      is_training: attribute.flag(options.training),
    },
    [
      ['y', 'float32'],
      ['batch_mean', 'float32'],
      ['batch_variance', 'float32'],
      ['reserve_space_1', 'float32'],
      ['reserve_space_2', 'float32'],
      ['reserve_space_3', 'float32'],
    ],
  )
  if (!y || !mean || !variance || !r1 || !r2 || !r3) throw new RangeError('FusedBatchNormV3 outputs')
  // With running statistics the gradient kernel wants those, not what the forward kernel left behind.
  return { y, mean, variance, reserved: options.training ? [r1, r2, r3] : [parameters.mean, parameters.variance, r3] }
}

export function batchNormGradient(
  s: Scope,
  gradient: Tensor,
  x: Tensor,
  scale: Tensor,
  reserved: BatchNormOutput['reserved'],
  options: { epsilon: number; training: boolean },
): { x: Tensor; scale: Tensor; shift: Tensor } {
  const [dx, dscale, dshift] = s.add(
    'FusedBatchNormGradV3',
    [gradient, x, scale, ...reserved],
    { ...F, U: attribute.type('float32'), epsilon: attribute.float(options.epsilon), data_format: attribute.text('NHWC'), is_training: attribute.flag(options.training) },
    [
      ['x_backprop', 'float32'],
      ['scale_backprop', 'float32'],
      ['offset_backprop', 'float32'],
    ],
  )
  if (!dx || !dscale || !dshift) throw new RangeError('FusedBatchNormGradV3 outputs')
  return { x: dx, scale: dscale, shift: dshift }
}

export function activation(s: Scope, kind: 'relu' | 'relu6', x: Tensor): Tensor {
  return s.one(kind === 'relu' ? 'Relu' : 'Relu6', [x], F, ['activations', 'float32'])
}

/** `output` is what {@link activation} gave. */
export function activationGradient(s: Scope, kind: 'relu' | 'relu6', gradient: Tensor, output: Tensor): Tensor {
  return s.one(kind === 'relu' ? 'ReluGrad' : 'Relu6Grad', [gradient, output], F, ['backprops', 'float32'])
}

const poolAttributes = (window: Window): Record<string, Uint8Array> => ({
  ...F,
  ...windowAttributes(window),
  ksize: attribute.integers([1, window.kernel[0], window.kernel[1], 1]),
})

export function maxPool(s: Scope, x: Tensor, window: Window): Tensor {
  return s.one('MaxPool', [x], poolAttributes(window), ['output', 'float32'])
}

export function maxPoolGradient(s: Scope, x: Tensor, output: Tensor, gradient: Tensor, window: Window): Tensor {
  return s.one('MaxPoolGrad', [x, output, gradient], poolAttributes(window), ['output', 'float32'])
}

const averagePoolAttributes = ({ kernel, stride }: Pick<Window, 'kernel' | 'stride'>): Record<string, Uint8Array> => ({
  ...F,
  ksize: attribute.integers([1, kernel[0], kernel[1], 1]),
  strides: attribute.integers([1, stride[0], stride[1], 1]),
  padding: attribute.text('VALID'),
  data_format: attribute.text('NHWC'),
})

/** Means over windows that lie wholly inside. */
export function averagePool(s: Scope, x: Tensor, window: Pick<Window, 'kernel' | 'stride'>): Tensor {
  return s.one('AvgPool', [x], averagePoolAttributes(window), ['output', 'float32'])
}

export function averagePoolGradient(s: Scope, inputShape: readonly number[], gradient: Tensor, window: Pick<Window, 'kernel' | 'stride'>): Tensor {
  return s.one('AvgPoolGrad', [s.integers(inputShape), gradient], averagePoolAttributes(window), ['output', 'float32'])
}

export function matrixMultiply(s: Scope, a: Tensor, b: Tensor, transpose: { a?: boolean; b?: boolean } = {}): Tensor {
  const attributes = { T: attribute.type(a.dtype), transpose_a: attribute.flag(transpose.a ?? false), transpose_b: attribute.flag(transpose.b ?? false) }
  return s.one('MatMul', [a, b], attributes, ['product', a.dtype])
}

/** logits [n, classes], labels int32 [n] -> loss [n] and its gradient [n, classes]. Labels must be valid classes. */
export function softmaxCrossEntropy(s: Scope, logits: Tensor, labels: Tensor): { loss: Tensor; gradient: Tensor } {
  const [loss, gradient] = s.add('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], { ...F, Tlabels: attribute.type('int32') }, [
    ['loss', 'float32'],
    ['backprop', 'float32'],
  ])
  if (!loss || !gradient) throw new RangeError('SparseSoftmaxCrossEntropyWithLogits outputs')
  return { loss, gradient }
}

/** Probabilities by row. */
export const softmax = (s: Scope, logits: Tensor): Tensor => s.one('Softmax', [logits], F, ['softmax', 'float32'])

/** Cross-entropy by row against probabilities, and its gradient softmax(logits) - probabilities. */
export function softCrossEntropy(s: Scope, logits: Tensor, probabilities: Tensor): { loss: Tensor; gradient: Tensor } {
  const [loss, gradient] = s.add('SoftmaxCrossEntropyWithLogits', [logits, probabilities], F, [
    ['loss', 'float32'],
    ['backprop', 'float32'],
  ])
  if (!loss || !gradient) throw new RangeError('SoftmaxCrossEntropyWithLogits outputs')
  return { loss, gradient }
}

/** Whether the label is among the `k` largest logits, per row. */
export function inTopK(s: Scope, logits: Tensor, labels: Tensor, k: number): Tensor {
  return s.one('InTopKV2', [logits, labels, s.constant('int32', [], [k])], { T: attribute.type('int32') }, ['precision', 'bool'])
}

/** Uniform values in [0, 1) that depend on the two-number int32 seed only. */
export function statelessUniform(s: Scope, shape: readonly number[], seed: Tensor): Tensor {
  return s.one(
    'StatelessRandomUniform',
    [s.integers(shape), seed],
    { dtype: attribute.type('float32'), T: attribute.type('int32'), Tseed: attribute.type('int32') },
    ['output', 'float32'],
  )
}

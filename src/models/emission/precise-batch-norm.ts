import type { Graph } from '../../tensor/graph'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'

export interface PreciseBatchNorm {
  readonly y: Tensor
  /** New running statistics. */
  readonly mean: Tensor
  readonly variance: Tensor
  backward(gradient: Tensor): { readonly x: Tensor; readonly scale: Tensor; readonly shift: Tensor }
}

/** Sum over images and pixels, columns first, then rows, then images: short sums, whose rounding errors stay near those of the double sums in torch. */
const sum = (g: Graph, x: Tensor): Tensor => op.reduceSum(g, op.reduceSum(g, op.reduceSum(g, x, [2]), [1]), [0])

/**
 * Batch normalisation of a training batch, with sums as precise as torch's. TensorFlow's fused kernel adds thousands of values one after another,
 * and its error of a millionth is enough to move values across the rounding boundary of a quantizer behind it. `count` is images times pixels.
 */
export function preciseBatchNorm(
  g: Graph,
  x: Tensor,
  parameters: { scale: Tensor; shift: Tensor; mean: Tensor; variance: Tensor },
  options: { epsilon: number; momentum: number; count: number },
): PreciseBatchNorm {
  const count = g.scalar(options.count)
  const mean = op.divide(g, sum(g, x), count)
  const centred = op.subtract(g, x, mean)
  const variance = op.divide(g, sum(g, op.square(g, centred)), count)
  const inverse = op.divide(g, g.scalar(1), op.squareRoot(g, op.add(g, variance, g.scalar(options.epsilon))))
  const slope = op.multiply(g, inverse, parameters.scale)
  const offset = op.subtract(g, parameters.shift, op.multiply(g, mean, slope))
  const mix = (old: Tensor, fresh: Tensor): Tensor =>
    op.add(g, op.multiply(g, old, g.scalar(1 - options.momentum)), op.multiply(g, fresh, g.scalar(options.momentum)))
  const unbiased = op.multiply(g, variance, g.scalar(options.count / Math.max(1, options.count - 1)))
  return {
    y: op.add(g, op.multiply(g, x, slope), offset),
    mean: mix(parameters.mean, mean),
    variance: mix(parameters.variance, unbiased),
    backward(gradient) {
      const shift = sum(g, gradient)
      const along = sum(g, op.multiply(g, centred, gradient))
      const projection = op.divide(g, op.multiply(g, along, op.square(g, inverse)), count)
      const free = op.subtract(g, op.subtract(g, gradient, op.divide(g, shift, count)), op.multiply(g, centred, projection))
      return { x: op.multiply(g, free, slope), scale: op.multiply(g, along, inverse), shift }
    },
  }
}

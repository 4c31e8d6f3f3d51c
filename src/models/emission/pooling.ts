import type { Graph } from '../../tensor/graph'
import * as nn from '../../tensor/nn-ops'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import type { PoolLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, withoutParameters } from './emitted-layer'

/** Maximum or average over a sliding window. `inputShape` is [batch, height, width, channels]. */
export function emitPool({ graph: g }: EmissionContext, layer: PoolLayer, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  if (layer.kind === 'max-pool') {
    const output = nn.maxPool(g, x, layer)
    return withoutParameters(output, (gradient) => [nn.maxPoolGradient(g, x, output, gradient, layer)])
  }
  // TensorFlow leaves padding out of its averages, PyTorch counts it: the zeros are put there first.
  const [batch = 1, height = 1, width = 1, channels = 1] = inputShape
  const [rows, columns] = layer.padding
  const bordered = rows > 0 || columns > 0
  const padded = bordered
    ? op.pad(g, x, [
        [0, 0],
        [rows, rows],
        [columns, columns],
        [0, 0],
      ])
    : x
  const window = { kernel: layer.kernel, stride: layer.stride }
  return withoutParameters(nn.averagePool(g, padded, window), (gradient) => {
    const outer = nn.averagePoolGradient(g, [batch, height + 2 * rows, width + 2 * columns, channels], gradient, window)
    return [bordered ? op.slice(g, outer, [0, rows, columns, 0], [batch, height, width, channels]) : outer]
  })
}

/** Mean over all pixels: rows first, then columns, so that the rounding errors of long sums stay as small as torch's pairwise sums keep them. */
export function emitGlobalAveragePool({ graph: g, integers }: EmissionContext, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  const [, height = 1, width = 1] = inputShape
  const whole = integers?.get(x)
  const sum = op.reduceSum(g, op.reduceSum(g, whole?.levels ?? x, [2], true), [1], true)
  const count = g.scalar(height * width)
  return withoutParameters(op.divide(g, sum, whole ? op.multiply(g, whole.factor, count) : count), (gradient) => {
    const share = op.multiply(g, gradient, g.scalar(1 / (height * width)))
    return [op.multiply(g, share, ones(g, [1, height, width, 1]))]
  })
}

function ones(g: Graph, shape: readonly number[]): Tensor {
  return g.constant(
    'float32',
    shape,
    Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => 1),
  )
}

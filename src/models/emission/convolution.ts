import * as nn from '../../tensor/nn-ops'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import { type ConvLayer, isChannelwise, isDepthwise } from '../layers'
import { type EmissionContext, type EmittedLayer, inArithmetic, NO_STATISTICS, sumOfProducts } from './emitted-layer'

/** A 1x1 convolution of stride 1 is a matrix product over pixels, which is faster on CPU. */
const isPointwise = (layer: ConvLayer): boolean =>
  layer.groups === 1 && [...layer.kernel, ...layer.stride].every((size) => size === 1) && layer.padding.every((size) => size === 0)

/** A convolution, depthwise or over all channels. */
export function emitConvolution(context: EmissionContext, layer: ConvLayer, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  const { graph: g } = context
  const depthwise = isDepthwise(layer)
  if (layer.groups > 1 && !depthwise) throw new RangeError(`${layer.id}: grouped convolutions other than depthwise are not emitted yet`)
  const weightName = `${layer.id}.weight`
  const biasName = `${layer.id}.bias`
  const w = context.parameter(weightName)
  const outputShape = [context.batchSize, ...layer.shape]
  const [kh, kw] = layer.kernel
  const matrix = [layer.inChannels, layer.outChannels]
  const rows = (tensor: Tensor, channels: number): Tensor => op.reshape(g, tensor, [-1, channels])
  const pointwise = isPointwise(layer)
  // Depthwise convolutions wait for memory, not for arithmetic: narrower factors gain nothing there.
  const products: EmissionContext = depthwise ? { ...context, arithmetic: 'float32' } : context
  const product = sumOfProducts(context, { x, w, isChannelwise: isChannelwise(layer) }, (factor, weights) =>
    inArithmetic(products, [factor, weights], (a, b) =>
      pointwise
        ? op.reshape(g, nn.matrixMultiply(g, rows(a, layer.inChannels), op.reshape(g, b, matrix)), outputShape)
        : nn.convolution(g, a, b, layer, depthwise),
    ),
  )
  const output = layer.bias ? op.add(g, product, context.parameter(biasName)) : product
  return {
    output,
    statistics: NO_STATISTICS,
    backward: (gradient) => {
      const filterShape = depthwise ? [kh, kw, layer.inChannels, layer.outChannels / layer.inChannels] : [kh, kw, layer.inChannels, layer.outChannels]
      const dx = inArithmetic(products, [gradient, w], (d, weights) =>
        pointwise
          ? op.reshape(g, nn.matrixMultiply(g, rows(d, layer.outChannels), op.reshape(g, weights, matrix), { b: true }), inputShape)
          : nn.convolutionInputGradient(g, inputShape, weights, d, layer, depthwise),
      )
      const dw = inArithmetic(products, [x, gradient], (factor, d) =>
        pointwise
          ? op.reshape(g, nn.matrixMultiply(g, rows(factor, layer.inChannels), rows(d, layer.outChannels), { a: true }), filterShape)
          : nn.convolutionFilterGradient(g, factor, filterShape, d, layer, depthwise),
      )
      const bias: [string, Tensor][] = layer.bias ? [[biasName, op.reduceSum(g, gradient, [0, 1, 2])]] : []
      return { inputs: [dx], parameters: new Map([[weightName, dw], ...bias]) }
    },
  }
}

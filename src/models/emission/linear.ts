import * as nn from '../../tensor/nn-ops'
import * as op from '../../tensor/ops'
import type { Tensor } from '../../tensor/types'
import type { LinearLayer } from '../layers'
import { type EmissionContext, type EmittedLayer, inArithmetic, NO_STATISTICS, sumOfProducts } from './emitted-layer'

/** A matrix product over the channels of vectors; the result is [batch, channels]. */
export function emitLinear(context: EmissionContext, layer: LinearLayer, x: Tensor, inputShape: readonly number[]): EmittedLayer {
  const { graph: g } = context
  const weightName = `${layer.id}.weight`
  const biasName = `${layer.id}.bias`
  const w = context.parameter(weightName)
  const flat = op.reshape(g, x, [-1, layer.inFeatures])
  const product = sumOfProducts(context, { x, w, isChannelwise: false }, (factor, weights) =>
    inArithmetic(context, [factor, weights], (a, b) => nn.matrixMultiply(g, op.reshape(g, a, [-1, layer.inFeatures]), b)),
  )
  return {
    output: layer.bias ? op.add(g, product, context.parameter(biasName)) : product,
    statistics: NO_STATISTICS,
    backward: (gradient) => {
      const dx = op.reshape(g, inArithmetic(context, [gradient, w], (a, b) => nn.matrixMultiply(g, a, b, { b: true })), inputShape)
      const dw = inArithmetic(context, [flat, gradient], (a, b) => nn.matrixMultiply(g, a, b, { a: true }))
      const bias: [string, Tensor][] = layer.bias ? [[biasName, op.reduceSum(g, gradient, [0])]] : []
      return { inputs: [dx], parameters: new Map([[weightName, dw], ...bias]) }
    },
  }
}

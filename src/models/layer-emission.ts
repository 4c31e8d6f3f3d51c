import type { Tensor } from '../tensor/types'
import { emitBatchNorm } from './emission/batch-norm'
import { emitConcat, emitSelectChannel } from './emission/channels'
import { emitConvolution } from './emission/convolution'
import type { EmissionContext, EmittedLayer } from './emission/emitted-layer'
import { emitLinear } from './emission/linear'
import { emitActivation, emitAddition, emitDropout, emitScalar } from './emission/pointwise'
import { emitGlobalAveragePool, emitPool } from './emission/pooling'
import type { Layer } from './layers'

export type { EmissionContext, EmittedLayer, LayerGradients } from './emission/emitted-layer'

/** Writes the forward operations of one layer; its backward operations follow on demand. `inputShapes` are [height, width, channels]. */
export function emitLayer(
  context: EmissionContext,
  layer: Layer,
  inputs: readonly Tensor[],
  inputShapes: readonly (readonly number[])[],
): EmittedLayer {
  const [x] = inputs
  const [inputShape] = inputShapes
  if (!x || !inputShape) throw new RangeError(`${layer.id} has no input`)
  const batched = [context.batchSize, ...inputShape]
  switch (layer.kind) {
    case 'conv':
      return emitConvolution(context, layer, x, batched)
    case 'batch-norm':
      return emitBatchNorm(context, layer, x)
    case 'linear':
      return emitLinear(context, layer, x, batched)
    case 'relu':
    case 'relu6':
      return emitActivation(context, layer, x)
    case 'add':
      return emitAddition(context, inputs)
    case 'multiply-scalar':
    case 'add-scalar':
      return emitScalar(context, layer, x)
    case 'concat':
      return emitConcat(context, inputs, inputShapes)
    case 'select-channel':
      return emitSelectChannel(context, layer, x, batched)
    case 'max-pool':
    case 'average-pool':
      return emitPool(context, layer, x, batched)
    case 'global-average-pool':
      return emitGlobalAveragePool(context, x, batched)
    case 'dropout':
      return emitDropout(context, layer, x, batched)
  }
}

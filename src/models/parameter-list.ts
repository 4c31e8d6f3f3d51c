import { isDepthwise, type ConvLayer, type Layer, type NetworkDefinition } from './layers'
import type { ParameterInfo, ParameterKind } from './parameters'

/** Every stored tensor of a network in state-dict order. PyTorch's `num_batches_tracked` counters are not kept. */
export function parametersOf(network: NetworkDefinition): ParameterInfo[] {
  return network.layers.flatMap(parametersOfLayer)
}

/** The tensors of one layer, in state-dict order; empty for layers without any. */
export function parametersOfLayer(layer: Layer): ParameterInfo[] {
  const info = (suffix: string, kind: ParameterKind, shape: readonly number[]): ParameterInfo => ({
    name: `${layer.id}.${suffix}`,
    layer: layer.id,
    kind,
    shape,
    trainable: kind !== 'running-mean' && kind !== 'running-variance',
  })
  switch (layer.kind) {
    case 'conv':
      return [
        info('weight', isDepthwise(layer) ? 'depthwise-weight' : 'conv-weight', convWeightShape(layer)),
        ...(layer.bias ? [info('bias', 'bias', [layer.outChannels])] : []),
      ]
    case 'batch-norm':
      return [
        info('weight', 'norm-scale', [layer.channels]),
        info('bias', 'norm-shift', [layer.channels]),
        info('running_mean', 'running-mean', [layer.channels]),
        info('running_var', 'running-variance', [layer.channels]),
      ]
    case 'linear':
      return [
        info('weight', 'linear-weight', [layer.inFeatures, layer.outFeatures]),
        ...(layer.bias ? [info('bias', 'bias', [layer.outFeatures])] : []),
      ]
    default:
      return []
  }
}

function convWeightShape(layer: ConvLayer): readonly number[] {
  const [height, width] = layer.kernel
  return isDepthwise(layer)
    ? [height, width, layer.inChannels, layer.outChannels / layer.inChannels]
    : [height, width, layer.inChannels / layer.groups, layer.outChannels]
}

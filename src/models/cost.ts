import { evaluatedLayers } from './evaluated-network'
import type { Layer, NetworkDefinition } from './layers'
import { parametersOf, parametersOfLayer } from './parameter-list'

/** Multiply-accumulate operations one image takes in a layer; biases, normalisation and activations count as free. */
export function macsOfLayer(layer: Layer): number {
  if (layer.kind === 'linear') return layer.inFeatures * layer.outFeatures
  if (layer.kind !== 'conv') return 0
  const [height, width, channels] = layer.shape
  return height * width * channels * (layer.inChannels / layer.groups) * layer.kernel[0] * layer.kernel[1]
}

/** Elements of a layer's weight tensor, without bias: what FracBits' model size counts. */
export function weightElementsOfLayer(layer: Layer): number {
  const weight = parametersOfLayer(layer).find(({ kind }) => kind.endsWith('-weight'))
  return weight === undefined ? 0 : weight.shape.reduce((product, size) => product * size, 1)
}

export interface NetworkCost {
  /** Trainable values, an auxiliary head included. */
  readonly parameterCount: number
  /** Multiply-accumulate operations per image in evaluation. */
  readonly macs: number
}

export function costOf(network: NetworkDefinition): NetworkCost {
  const parameterCount = parametersOf(network)
    .filter(({ trainable }) => trainable)
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)
  return { parameterCount, macs: evaluatedLayers(network).reduce((sum, layer) => sum + macsOfLayer(layer), 0) }
}

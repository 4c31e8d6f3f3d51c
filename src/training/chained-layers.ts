import { evaluatedLayers } from '../models/evaluated-network'
import type { ActivationLayer, AddLayer, BatchNormLayer, Layer, NetworkDefinition } from '../models/layers'
import { inputPoint, outputPoint } from '../quantization/quantizer-spec'

/** Layers that run as one: a normalisation or a sum, an activation behind it, and the quantizer of the result. */
export interface LayerChain {
  readonly norm: BatchNormLayer | null
  readonly add: AddLayer | null
  readonly activation: ActivationLayer | null
  readonly first: Layer
  readonly last: Layer
}

/** Chains by the id of their first layer. `isQuantized` tells of points of quantization; a value that is looked at in between ends a chain. */
export function chainedLayers(network: NetworkDefinition, auxiliary: boolean, isQuantized: (point: string) => boolean): ReadonlyMap<string, LayerChain> {
  const layers = auxiliary ? network.layers : evaluatedLayers(network)
  const readers = new Map<string, Layer[]>()
  for (const layer of layers) for (const id of layer.inputs) readers.set(id, [...(readers.get(id) ?? []), layer])
  const chains = new Map<string, LayerChain>()
  const taken = new Set<string>()
  for (const layer of layers) {
    if (taken.has(layer.id)) continue
    const behind = follower(layer, network, readers.get(layer.id) ?? [], isQuantized)
    if (behind) taken.add(behind.id)
    if (layer.kind === 'batch-norm') chains.set(layer.id, { norm: layer, add: null, activation: behind, first: layer, last: behind ?? layer })
    else if (layer.kind === 'add' && layer.inputs.length === 2) chains.set(layer.id, { norm: null, add: layer, activation: behind, first: layer, last: behind ?? layer })
    else if (layer.kind === 'relu' || layer.kind === 'relu6') chains.set(layer.id, { norm: null, add: null, activation: layer, first: layer, last: layer })
  }
  return chains
}

/** The activation that alone reads a layer's output, as it is. */
function follower(layer: Layer, network: NetworkDefinition, readers: readonly Layer[], isQuantized: (point: string) => boolean): ActivationLayer | null {
  const [reader] = readers
  if (layer.kind !== 'batch-norm' && layer.kind !== 'add') return null
  if (!reader || readers.length > 1 || (reader.kind !== 'relu' && reader.kind !== 'relu6')) return null
  const isLookedAt = layer.id === network.output || layer.id === network.auxiliaryOutput || isQuantized(outputPoint(layer.id)) || isQuantized(inputPoint(reader.id, 0))
  return isLookedAt ? null : reader
}

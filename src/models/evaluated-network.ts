import type { Layer, NetworkDefinition } from './layers'

/** The layers that the logits depend on, in execution order: what evaluation runs, and all that NNCF traces and quantizes. */
export function evaluatedLayers(network: NetworkDefinition): readonly Layer[] {
  if (network.auxiliaryOutput === undefined) return network.layers
  const needed = new Set([network.output])
  for (const layer of [...network.layers].reverse()) if (needed.has(layer.id)) layer.inputs.forEach((id) => needed.add(id))
  return network.layers.filter(({ id }) => needed.has(id))
}

/** The same network without an auxiliary head. */
export function evaluatedNetwork(network: NetworkDefinition): NetworkDefinition {
  const { auxiliaryOutput, ...rest } = network
  return auxiliaryOutput === undefined ? network : { ...rest, layers: evaluatedLayers(network) }
}

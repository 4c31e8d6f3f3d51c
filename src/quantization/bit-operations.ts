import type { BitOpsTerm } from '../contract/what-if'
import { macsOfLayer } from '../models/cost'
import type { NetworkDefinition } from '../models/layers'
import type { QuantizerSpec } from './quantizer-spec'

/** The convolutions and linear layers whose weights are quantized, with the quantizer that the values they read went through. */
export function bitOpsTerms(network: NetworkDefinition, specs: readonly QuantizerSpec[]): BitOpsTerm[] {
  const byPoint = new Map(specs.flatMap((spec, index) => spec.points.map((point): [string, number] => [point.id, index])))
  const layers = new Map(network.layers.map((layer) => [layer.id, layer]))
  const quantizerOf = (reader: string, port: number, id: string): number | null => {
    const found = byPoint.get(`${reader}|INPUT${String(port)}`) ?? byPoint.get(`${id}|OUTPUT`)
    if (found !== undefined) return found
    // Without one of its own, a value still lies on the grid of what it was taken from (max-pool, reshape, concatenation).
    const source = layers.get(id)
    const [next] = source?.inputs ?? []
    const keepsGrid = source !== undefined && ['max-pool', 'dropout', 'concat'].includes(source.kind)
    return keepsGrid && next !== undefined ? quantizerOf(source.id, 0, next) : null
  }
  return network.layers.flatMap((layer) => {
    const weight = byPoint.get(`${layer.id}|WEIGHT`)
    const [input] = layer.inputs
    if (weight === undefined || input === undefined) return []
    return [{ macs: macsOfLayer(layer), weight, input: quantizerOf(layer.id, 0, input) }]
  })
}

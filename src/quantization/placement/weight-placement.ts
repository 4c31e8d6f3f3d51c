import { evaluatedLayers } from '../../models/evaluated-network'
import type { ConvLayer, LinearLayer, NetworkDefinition } from '../../models/layers'
import { INPUT_ID } from '../../models/network-builder'
import { INITIAL_BITS } from '../quantizer-spec'
import { applied, granted, groupWishes, wishesAt } from './constraints'
import type { HardwareTable } from './hardware-table'
import type { ModelSection, PlacementConfig } from './placement-config'
import { DEFAULT_OPTION, type QuantizerOption } from './quantizer-option'
import { isConsidered, scopeFilter } from './scopes'

export interface PlacedWeight {
  readonly layer: ConvLayer | LinearLayer
  readonly option: QuantizerOption
  readonly halfRange: boolean
}

/** Ids of the convolutions that the image reaches without passing another one (spec 4.7). */
function firstConvolutions(network: NetworkDefinition): Set<string> {
  const reached = new Set([INPUT_ID])
  const first = new Set<string>()
  for (const layer of evaluatedLayers(network)) {
    if (!layer.inputs.some((id) => reached.has(id))) continue
    if (layer.kind === 'conv') first.add(layer.id)
    else reached.add(layer.id)
  }
  return first
}

/** One quantizer for every weight of a convolution or linear layer that is not left out by scopes (spec 6.2). */
export function placeWeights(network: NetworkDefinition, config: PlacementConfig, model: ModelSection, table: HardwareTable | null): PlacedWeight[] {
  const wrapped = scopeFilter([model])
  const filter = scopeFilter([config, config.weights ?? {}])
  const wishes = groupWishes(config, 'weights')
  const first = firstConvolutions(network)
  const fixed = (layer: ConvLayer | LinearLayer): boolean =>
    config.overflow_fix !== 'disable' && (config.overflow_fix !== 'first_layer_only' || first.has(layer.id))
  const optionFor = (node: string): QuantizerOption | undefined => {
    if (table === null) return applied(DEFAULT_OPTION, wishesAt(node, wishes, config.scope_overrides?.weights))
    // With a hardware table the original matches no override of a weight (spec 13.28).
    return granted(table.weights, wishes, { node, hardware: `The ${table.name}`, group: 'weights' })[0]
  }
  return evaluatedLayers(network).flatMap((layer) => {
    if (layer.kind !== 'conv' && layer.kind !== 'linear') return []
    if (!isConsidered(layer.scope, wrapped) || !isConsidered(layer.scope, filter)) return []
    const option = optionFor(layer.scope)
    return option === undefined ? [] : [{ layer, option, halfRange: table !== null && option.bits === INITIAL_BITS && fixed(layer) }]
  })
}

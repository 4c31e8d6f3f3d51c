import type { NetworkDefinition } from '../models/layers'
import { parametersOfLayer } from '../models/parameter-list'
import { stateDictShape } from '../models/state-dict-layout'
import { type PlacedActivation, placeActivations } from './placement/activation-placement'
import { hardwareTable } from './placement/hardware-table'
import { operationGraph } from './placement/operation-graph'
import type { ModelSection, PlacementConfig } from './placement/placement-config'
import type { QuantizerOption } from './placement/quantizer-option'
import { scopeFilter } from './placement/scopes'
import { type ActivationSite, sitesInOrder } from './placement/sites'
import { type PlacedWeight, placeWeights } from './placement/weight-placement'
import { hardwareTableOf } from './cost-budget'
import { boundsFor, type QuantizationPoint, type QuantizerSpec } from './quantizer-spec'

import { withWidthWishes } from './width-options'

export type { ModelSection, PlacementConfig } from './placement/placement-config'

const widths = (option: QuantizerOption): Pick<QuantizerSpec, 'initialBits' | 'minBits' | 'maxBits'> => ({
  initialBits: option.bits,
  ...boundsFor(option.bits),
})

function weightSpec(point: QuantizationPoint, { layer, option, halfRange }: PlacedWeight, logarithmic: boolean): QuantizerSpec {
  const weight = parametersOfLayer(layer).find(({ kind }) => kind.endsWith('-weight'))
  const shape = weight === undefined ? [] : stateDictShape(weight)
  const [channels = 1] = shape
  return {
    id: point.id,
    kind: 'weight',
    layer: layer.id,
    points: [point],
    stateKey: `nncf_module.${layer.id}.pre_ops.0.op`,
    mode: option.mode,
    ranges: option.perChannel ? channels : 1,
    perChannel: option.perChannel,
    scaleShape: option.perChannel ? shape.map((size, axis) => (axis === 0 ? size : 1)) : [1],
    forceSigned: option.signed,
    logarithmic,
    halfRange,
    elements: shape.reduce((product, size) => product * size, 1),
    ...widths(option),
  }
}

function activationSpec(
  points: readonly [QuantizationPoint, ...QuantizationPoint[]],
  { option }: PlacedActivation,
  channels: number,
  logarithmic: boolean,
): QuantizerSpec {
  const byName = [...points].sort((a, b) => (a.node < b.node ? -1 : 1))
  const primary = byName[0] ?? points[0]
  return {
    id: primary.id,
    kind: 'activation',
    layer: primary.layer,
    points,
    stateKey: `external_quantizers.${byName.map(({ nncfId }) => nncfId).join(';')}`,
    mode: option.mode,
    ranges: option.perChannel ? channels : 1,
    perChannel: option.perChannel,
    scaleShape: option.perChannel ? [1, channels, 1, 1] : [1],
    forceSigned: option.signed,
    logarithmic,
    halfRange: false,
    elements: 0,
    ...widths(option),
  }
}

/**
 * Where quantizers sit in a network and how they start (spec 6), numbered in the order in which the network first runs them. `config` is the
 * `compression` section, `model` what stands beside it. Throws CONFIG_INVALID where the target device cannot do what is asked.
 */
export function placeQuantizers(network: NetworkDefinition, config: PlacementConfig, model: ModelSection = {}): QuantizerSpec[] {
  const table = hardwareTable(model.target_device)
  const operations = operationGraph(network, scopeFilter([config, config.activations ?? {}]))
  const sites = sitesInOrder(network, operations, placeActivations(operations, config, table), placeWeights(network, config, model, table))
  const channels = new Map(network.layers.map((layer) => [layer.id, layer.shape[2]]))
  hardwareTableOf(config)
  const specs = sites.flatMap((site): QuantizerSpec[] => {
    if ('weight' in site) return [weightSpec(site.point, site.weight, config.weights?.logarithm_scale ?? false)]
    const { group } = site.activation
    const members =
      group === null ? [site] : sites.filter((other): other is ActivationSite => 'activation' in other && other.activation.group === group)
    const [first = site, ...others] = members
    if (first !== site) return []
    return [
      activationSpec(
        [first.point, ...others.map(({ point }) => point)],
        site.activation,
        channels.get(site.point.layer) ?? network.input[2],
        config.activations?.logarithm_scale ?? false,
      ),
    ]
  })
  return withWidthWishes(specs, network, config)
}

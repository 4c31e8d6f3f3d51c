import { StudioError } from '../contract/errors'
import type { CompressionConfig } from '../contract/training-config'
import { isDepthwise, type Layer, type NetworkDefinition } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import { boundsFor, INITIAL_BITS, type QuantizerSpec } from './quantizer-spec'

/** Layers whose inputs must be quantized (spec 6.1, CPU table). */
const QUANTIZABLE: ReadonlySet<Layer['kind']> = new Set(['conv', 'linear', 'add', 'average-pool', 'global-average-pool'])
/** Layers that quantized values pass through unchanged in kind. */
const TRANSPARENT: ReadonlySet<Layer['kind']> = new Set(['max-pool', 'dropout', 'relu', 'relu6', 'concat'])

/** Consumers by producer id. */
function consumersOf(network: NetworkDefinition): Map<string, Layer[]> {
  const consumers = new Map<string, Layer[]>()
  for (const layer of network.layers) for (const id of layer.inputs) consumers.set(id, [...(consumers.get(id) ?? []), layer])
  return consumers
}

/**
 * Layers that run as one with their producer (spec 6.3): batch-norm and activation behind a convolution, linear layer or addition.
 * Between them nothing is quantized.
 */
function fusedLayers(network: NetworkDefinition, consumers: ReadonlyMap<string, readonly Layer[]>): Set<string> {
  const fused = new Set<string>()
  for (const layer of network.layers) {
    if (!['conv', 'linear', 'add'].includes(layer.kind)) continue
    let last: Layer = layer
    for (;;) {
      const next: readonly Layer[] = consumers.get(last.id) ?? []
      const [only] = next
      if (next.length !== 1 || !only || !['batch-norm', 'relu', 'relu6'].includes(only.kind)) break
      fused.add(only.id)
      last = only
    }
  }
  return fused
}

/** The quantizable layers that a value reaches through transparent ones. */
function readersOf(id: string, consumers: ReadonlyMap<string, readonly Layer[]>): Layer[] {
  return (consumers.get(id) ?? []).flatMap((layer) => (TRANSPARENT.has(layer.kind) ? readersOf(layer.id, consumers) : [layer]))
}

/**
 * Where quantizers sit, in execution order (spec 6): one on the image, one on every value that a convolution, linear layer, addition
 * or average pool reads, as high up as possible, and one on every weight. Values read by depthwise convolutions only get a range per channel.
 */
export function placeQuantizers(network: NetworkDefinition, config: CompressionConfig): QuantizerSpec[] {
  if (config.activations.per_channel === true) {
    throw new StudioError('CONFIG_INVALID', 'compression.activations.per_channel cannot be true: only inputs of depthwise convolutions have ranges per channel. Leave it out.')
  }
  const concat = network.layers.find((layer) => layer.kind === 'concat')
  if (concat) throw new RangeError(`${concat.id}: concatenations need unified quantizers, which are not placed yet`)
  const consumers = consumersOf(network)
  const fused = fusedLayers(network, consumers)
  const activationMode = config.activations.mode ?? (config.preset === 'mixed' ? 'asymmetric' : 'symmetric')
  const weightMode = config.weights.mode ?? 'symmetric'
  const bits = { initialBits: INITIAL_BITS, ...boundsFor(INITIAL_BITS) }
  const specs: QuantizerSpec[] = []

  const activation = (id: string, channels: number): void => {
    const next = consumers.get(id) ?? []
    const [only] = next
    if (next.length === 1 && only && fused.has(only.id)) return
    const readers = readersOf(id, consumers)
    if (!readers.some((layer) => QUANTIZABLE.has(layer.kind))) return
    const perChannel = config.activations.per_channel !== false && readers.every((layer) => layer.kind === 'conv' && isDepthwise(layer))
    specs.push({ id: `${id}|OUTPUT`, kind: 'activation', layer: id, mode: activationMode, ranges: perChannel ? channels : 1, perChannel, forceSigned: false, halfRange: false, elements: 0, ...bits })
  }

  let firstWeight = true
  activation(INPUT_ID, network.input[2])
  for (const layer of network.layers) {
    if (layer.kind === 'conv' || layer.kind === 'linear') {
      const channels = layer.kind === 'conv' ? layer.outChannels : layer.outFeatures
      const elements = layer.kind === 'conv' ? layer.kernel[0] * layer.kernel[1] * (layer.inChannels / layer.groups) * layer.outChannels : layer.inFeatures * layer.outFeatures
      const perChannel = config.weights.per_channel !== false
      const halfRange = config.overflow_fix === 'enable' || (config.overflow_fix === 'first_layer_only' && firstWeight)
      firstWeight = false
      specs.push({ id: `${layer.id}|WEIGHT`, kind: 'weight', layer: layer.id, mode: weightMode, ranges: perChannel ? channels : 1, perChannel, forceSigned: weightMode === 'symmetric', halfRange, elements, ...bits })
    }
    if (!TRANSPARENT.has(layer.kind) || fused.has(layer.id)) activation(layer.id, layer.shape[2])
  }
  return specs
}

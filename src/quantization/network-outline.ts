import type { LayerOutline, NetworkOutline, QuantizerOutline } from '../contract/configurations'
import { bitOperations, FLOAT_BITS } from '../contract/what-if'
import { inputSizeOf, targetRateOf, type TrainingConfig } from '../contract/training-config'
import { macsOfLayer, weightElementsOfLayer } from '../models/cost'
import { evaluatedNetwork } from '../models/evaluated-network'
import type { Layer } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import { parametersOfLayer } from '../models/parameter-list'
import { buildNetwork } from '../models/registry'
import { bitOpsTerms } from './bit-operations'
import { placeQuantizers } from './placement'
import type { QuantizerSpec } from './quantizer-spec'

function outlineOf({ id, mode, perChannel, initialBits, minBits, maxBits, halfRange, kernels }: QuantizerSpec): QuantizerOutline {
  return { id, mode, perChannel, initialBits, minBits, maxBits, ...(kernels === undefined ? {} : { kernels }), halfRange }
}

const trainableValues = (layer: Layer): number =>
  parametersOfLayer(layer)
    .filter(({ trainable }) => trainable)
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)

/** The network a configuration describes, with its quantizers: no TensorFlow, no data. Throws CONFIG_INVALID as the training would. */
export function describeNetwork(config: TrainingConfig): NetworkOutline {
  const network = evaluatedNetwork(buildNetwork(config, inputSizeOf(config)))
  const specs = config.compression === undefined ? [] : placeQuantizers(network, config.compression, config)
  const weights = new Map(specs.filter(({ kind }) => kind === 'weight').map((spec) => [spec.layer, spec]))
  const activations = new Map(
    specs.filter(({ kind }) => kind === 'activation').flatMap((spec) => spec.points.map(({ layer }) => [layer, spec] as const)),
  )
  const find = (from: ReadonlyMap<string, QuantizerSpec>, id: string): QuantizerOutline | null => {
    const spec = from.get(id)
    return spec === undefined ? null : outlineOf(spec)
  }
  const terms = bitOpsTerms(network, specs)
  const operationsAt = (bits: (spec: QuantizerSpec) => number): number => bitOperations(terms, specs.map(bits))
  const initialBits = specs.map((spec) => spec.initialBits)
  const operationsOf = new Map(terms.map((term) => [specs[term.weight]?.layer, bitOperations([term], initialBits)]))
  const layers = network.layers.map((layer): LayerOutline => ({
    id: layer.id,
    kind: layer.kind,
    inputs: [...layer.inputs],
    shape: [layer.shape[0], layer.shape[1], layer.shape[2]],
    parameters: trainableValues(layer),
    weightElements: weightElementsOfLayer(layer),
    macs: macsOfLayer(layer),
    bitOperations: operationsOf.get(layer.id) ?? 0,
    weight: find(weights, layer.id),
    activation: find(activations, layer.id),
  }))
  const sizeAt = (bits: (spec: QuantizerSpec) => number): number => [...weights.values()].reduce((sum, spec) => sum + spec.elements * bits(spec), 0)
  const initial = sizeAt(({ initialBits }) => initialBits)
  const initialOperations = bitOperations(terms, initialBits)
  const elements = sizeAt(() => 1)
  const loss = config.compression?.algorithm === 'fracbits_quantization' ? config.compression.loss : null
  return {
    layers,
    input: find(activations, INPUT_ID),
    parameterCount: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: layers.reduce((sum, { macs }) => sum + macs, 0),
    quantizerCount: specs.length,
    multiplications: terms.map(({ macs, weight, input }) => ({ macs, weight: specs[weight]?.id ?? '', input: input === null ? null : (specs[input]?.id ?? '') })),
    size: {
      fp32: (elements === 0 ? layers.reduce((sum, { weightElements }) => sum + weightElements, 0) : elements) * FLOAT_BITS,
      initial,
      smallest: sizeAt(({ minBits }) => minBits),
      largest: sizeAt(({ maxBits }) => maxBits),
      target: loss?.type === 'model_size' && initial > 0 ? (loss.size_bytes === undefined ? initial / loss.compression_rate : 8 * loss.size_bytes) : null,
    },
    bitOperations: {
      initial: initialOperations,
      smallest: operationsAt(({ minBits }) => minBits),
      largest: operationsAt(({ maxBits }) => maxBits),
      target: loss?.type === 'bitops' && initialOperations > 0 ? initialOperations / targetRateOf(loss, initialOperations) : null,
    },
    concentration: elements === 0 ? 0 : sizeAt((spec) => spec.elements / elements ** 2),
  }
}

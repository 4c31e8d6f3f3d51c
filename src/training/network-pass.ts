import { evaluatedLayers } from '../models/evaluated-network'
import type { IntegerValues } from '../models/emission/emitted-layer'
import { emitLayer, type EmittedLayer } from '../models/layer-emission'
import type { Layer, NetworkDefinition } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import { inputPoint, LOGITS_READER, outputPoint, weightPoint } from '../quantization/quantizer-spec'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import type { QuantizerEmitter } from './quantizer-emitter'

export interface PassOptions {
  readonly graph: Graph
  readonly network: NetworkDefinition
  readonly batchSize: number
  readonly batchNormTraining: boolean
  /** See the emission context. */
  readonly preciseBatchNorm?: boolean | undefined
  readonly dropoutSeed: Tensor | null
  /** Runs the auxiliary head too, where the network has one; evaluation and initialisation leave it out. */
  readonly auxiliary?: boolean
  /** Stored value of a parameter, by state-dict name. */
  readonly stored: (name: string) => Tensor
  /** Null runs the network in float. */
  readonly quantizers: QuantizerEmitter | null
  /** Sums of products are taken over integers, which is exact; for evaluation at integer widths. */
  readonly integerSums?: boolean
}

export interface PassGradients {
  readonly parameters: ReadonlyMap<string, Tensor>
  /** Of each quantizer's range parameters, by quantizer index. */
  readonly ranges: ReadonlyMap<number, readonly Tensor[]>
  /** Scalar gradient of each quantizer's effective width, by quantizer index. */
  readonly bits: ReadonlyMap<number, Tensor>
}

export interface NetworkPass {
  readonly logits: Tensor
  /** Logits of the auxiliary head, where it ran. */
  readonly auxiliaryLogits: Tensor | null
  /** Values as their consumers would see them without activation quantizers, by layer id; what range initialisation looks at. */
  readonly values: ReadonlyMap<string, Tensor>
  readonly statistics: ReadonlyMap<string, Tensor>
  /** Emits the backward pass for a gradient of the logits and one of the auxiliary logits. */
  backward(gradient: Tensor, auxiliaryGradient?: Tensor): PassGradients
}

/** A quantizer applied at one of its points. */
interface Applied {
  readonly index: number
  readonly input: Tensor
  readonly shape: readonly number[]
}

/** Writes one pass of a network over `images` (float, normalised, [batch, h, w, c]). */
export function emitPass(options: PassOptions, images: Tensor): NetworkPass {
  const { graph: g, network, quantizers } = options
  const shapes = new Map<string, readonly number[]>([
    [INPUT_ID, network.input],
    ...network.layers.map((layer): [string, readonly number[]] => [layer.id, layer.shape]),
  ])
  const raw = new Map<string, Tensor>()
  const seen = new Map<string, Tensor>()
  const applied = new Map<string, Applied>()
  const emitted: [Layer, EmittedLayer][] = []
  const statistics = new Map<string, Tensor>()
  const integers: IntegerValues = new Map()

  const quantized = (point: string, value: Tensor, shape: (index: number) => readonly number[]): Tensor => {
    const index = quantizers?.indexOf(point) ?? -1
    if (quantizers === null || index < 0) return value
    const entry = { index, input: value, shape: shape(index) }
    applied.set(point, entry)
    if (options.integerSums !== true) return quantizers.forward(index, value, entry.shape)
    const whole = quantizers.integers(index, value, entry.shape)
    if (!quantizers.isPerChannel(index) || point.endsWith('|WEIGHT')) integers.set(whole.value, whole)
    return whole.value
  }
  const batched = (id: string): readonly number[] => [options.batchSize, ...found(shapes, id)]
  const publish = (id: string, value: Tensor): void => {
    raw.set(id, value)
    seen.set(
      id,
      quantized(outputPoint(id), value, () => batched(id)),
    )
  }
  /** What one reader sees of a value. */
  const read = (reader: string, id: string, port: number): Tensor => quantized(inputPoint(reader, port), found(seen, id), () => batched(id))
  const pointOf = (parameterName: string): string => weightPoint(parameterName.replace(/\.weight$/, ''))
  const parameter = (name: string): Tensor => {
    const value = options.stored(name)
    return quantizers === null || !name.endsWith('.weight') ? value : quantized(pointOf(name), value, (index) => quantizers.weightShape(index))
  }

  publish(INPUT_ID, images)
  for (const layer of options.auxiliary === true ? network.layers : evaluatedLayers(network)) {
    const inputs = layer.inputs.map((id, port) => read(layer.id, id, port))
    const context = {
      graph: g,
      batchSize: options.batchSize,
      batchNormTraining: options.batchNormTraining,
      preciseBatchNorm: options.preciseBatchNorm,
      dropoutSeed: options.dropoutSeed,
      parameter,
      integers: options.integerSums === true ? integers : undefined,
    }
    const result = emitLayer(
      context,
      layer,
      inputs,
      layer.inputs.map((id) => found(shapes, id)),
    )
    result.statistics.forEach((value, name) => statistics.set(name, value))
    emitted.push([layer, result])
    publish(layer.id, result.output)
  }

  const auxiliaryOutput = options.auxiliary === true ? network.auxiliaryOutput : undefined
  return {
    logits: read(LOGITS_READER, network.output, 0),
    auxiliaryLogits: auxiliaryOutput === undefined ? null : found(seen, auxiliaryOutput),
    values: raw,
    statistics,
    backward(gradient, auxiliaryGradient) {
      const parameters = new Map<string, Tensor>()
      const ranges = new Map<number, readonly Tensor[]>()
      const bits = new Map<number, Tensor>()
      // A quantizer with several points collects its gradients from all of them.
      const through = (point: string, outer: Tensor): Tensor => {
        const entry = applied.get(point)
        if (entry === undefined || quantizers === null) return outer
        const { index } = entry
        const result = quantizers.backward(index, entry.input, outer, entry.shape)
        const [sumOfRanges, sumOfBits] = [ranges.get(index), bits.get(index)]
        ranges.set(index, sumOfRanges ? result.parameters.map((part, i) => op.add(g, sumOfRanges[i] ?? part, part)) : result.parameters)
        bits.set(index, sumOfBits ? op.add(g, sumOfBits, result.bits) : result.bits)
        return result.x
      }
      const incoming = new Map<string, Tensor[]>()
      const send = (reader: string, id: string, port: number, part: Tensor): void => {
        incoming.set(id, [...(incoming.get(id) ?? []), through(inputPoint(reader, port), part)])
      }
      send(LOGITS_READER, network.output, 0, gradient)
      if (auxiliaryOutput !== undefined && auxiliaryGradient) incoming.set(auxiliaryOutput, [auxiliaryGradient])
      const arrived = (id: string): Tensor | null => {
        const parts = incoming.get(id)
        return parts
          ? through(
              outputPoint(id),
              parts.reduce((total, part) => op.add(g, total, part)),
            )
          : null
      }
      for (const [layer, result] of [...emitted].reverse()) {
        const outer = arrived(layer.id)
        if (outer === null) continue
        const gradients = result.backward(outer)
        layer.inputs.forEach((id, port) => {
          const part = gradients.inputs[port]
          if (part) send(layer.id, id, port, part)
        })
        gradients.parameters.forEach((value, name) => parameters.set(name, through(pointOf(name), value)))
      }
      arrived(INPUT_ID)
      return { parameters, ranges, bits }
    },
  }
}

function found<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id)
  if (value === undefined) throw new RangeError(`"${id}" is not there`)
  return value
}

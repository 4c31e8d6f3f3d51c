import { evaluatedLayers } from '../models/evaluated-network'
import type { Arithmetic, BatchPart, IntegerValues } from '../models/emission/emitted-layer'
import { emitLayer, type LayerGradients } from '../models/layer-emission'
import type { NetworkDefinition } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import { inputPoint, LOGITS_READER, outputPoint, weightPoint } from '../quantization/quantizer-spec'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { chainedLayers } from './chained-layers'
import { emitLayerChain } from './layer-chain'
import type { QuantizerEmitter } from './quantizer-emitter'

export interface PassOptions {
  readonly graph: Graph
  readonly network: NetworkDefinition
  readonly batchSize: number
  readonly batchNormTraining: boolean
  /** See the emission context. */
  readonly preciseBatchNorm?: boolean | undefined
  readonly dropoutSeed: Tensor | null
  /** See the emission context. */
  readonly part?: BatchPart | undefined
  /** Runs the auxiliary head too, where the network has one; evaluation and initialisation leave it out. */
  readonly auxiliary?: boolean
  /** Stored value of a parameter, by state-dict name. */
  readonly stored: (name: string) => Tensor
  /** Null runs the network in float. */
  readonly quantizers: QuantizerEmitter | null
  /** Sums of products are taken over integers, which is exact; for evaluation at integer widths. */
  readonly integerSums?: boolean
  /** See the emission context. */
  readonly arithmetic?: Arithmetic | undefined
  /** Compiles normalisations, sums, activations and the quantizers behind them together; their values in between are not there then. */
  readonly chained?: { readonly compileFrom: number } | null
}

export interface PassGradients {
  readonly parameters: ReadonlyMap<string, Tensor>
  /** Of each quantizer's range parameters, by quantizer index. */
  readonly ranges: ReadonlyMap<number, readonly Tensor[]>
  /** Gradient of each quantizer's effective width, a scalar, or of those of its kernels, by quantizer index. */
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

/** A layer, or a chain of them, as the backward pass meets it. */
interface Emitted {
  /** Whose output it is. */
  readonly id: string
  readonly inputs: readonly { readonly reader: string; readonly id: string; readonly port: number }[]
  readonly backward: (gradient: Tensor) => LayerGradients & { readonly quantizer?: { readonly index: number; readonly parameters: readonly Tensor[]; readonly bits: Tensor } | null }
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
  const emitted: Emitted[] = []
  const statistics = new Map<string, Tensor>()
  const integers: IntegerValues = new Map()

  const quantized = (point: string, value: Tensor, shape: (index: number) => readonly number[]): Tensor => {
    const index = quantizers?.indexOf(point) ?? -1
    if (quantizers === null || index < 0) return value
    const entry = { index, input: value, shape: shape(index) }
    applied.set(point, entry)
    if (options.integerSums !== true) return quantizers.forward(index, value, entry.shape)
    const whole = quantizers.integers(index, value, entry.shape)
    integers.set(whole.value, { ...whole, isPerChannel: quantizers.isPerChannel(index) })
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
  const chains = options.chained ? chainedLayers(network, options.auxiliary === true, (point) => (quantizers?.indexOf(point) ?? -1) >= 0) : null
  const inside = new Set([...(chains?.values() ?? [])].flatMap(({ first, last }) => (first === last ? [] : [last.id])))
  for (const layer of options.auxiliary === true ? network.layers : evaluatedLayers(network)) {
    if (inside.has(layer.id)) continue
    const inputs = layer.inputs.map((id, port) => read(layer.id, id, port))
    const readings = layer.inputs.map((id, port) => ({ reader: layer.id, id, port }))
    const chain = chains?.get(layer.id)
    if (chain && options.chained) {
      const result = emitLayerChain({ graph: g, batchSize: options.batchSize, batchNormTraining: options.batchNormTraining, stored: options.stored, quantizers, compileFrom: options.chained.compileFrom }, chain, inputs)
      result.statistics.forEach((value, name) => statistics.set(name, value))
      emitted.push({ id: chain.last.id, inputs: readings, backward: result.backward })
      raw.set(chain.last.id, result.output)
      // The quantizer at the end of the chain has been applied.
      if (result.isQuantized) seen.set(chain.last.id, result.output)
      else publish(chain.last.id, result.output)
      continue
    }
    const context = {
      graph: g,
      batchSize: options.batchSize,
      batchNormTraining: options.batchNormTraining,
      preciseBatchNorm: options.preciseBatchNorm,
      dropoutSeed: options.dropoutSeed,
      part: options.part,
      parameter,
      integers: options.integerSums === true ? integers : undefined,
      arithmetic: options.arithmetic,
    }
    const shapesOfInputs = layer.inputs.map((id) => found(shapes, id))
    const result = emitLayer(context, layer, inputs, shapesOfInputs)
    result.statistics.forEach((value, name) => statistics.set(name, value))
    emitted.push({ id: layer.id, inputs: readings, backward: result.backward })
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
      const collect = (index: number, parts: readonly Tensor[], bitsPart: Tensor): void => {
        const [sumOfRanges, sumOfBits] = [ranges.get(index), bits.get(index)]
        ranges.set(index, sumOfRanges ? parts.map((part, i) => op.add(g, sumOfRanges[i] ?? part, part)) : parts)
        bits.set(index, sumOfBits ? op.add(g, sumOfBits, bitsPart) : bitsPart)
      }
      const through = (point: string, outer: Tensor): Tensor => {
        const entry = applied.get(point)
        if (entry === undefined || quantizers === null) return outer
        const result = quantizers.backward(entry.index, entry.input, outer, entry.shape)
        collect(entry.index, result.parameters, result.bits)
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
      for (const { id, inputs, backward } of [...emitted].reverse()) {
        const outer = arrived(id)
        if (outer === null) continue
        const gradients = backward(outer)
        inputs.forEach((input, i) => {
          const part = gradients.inputs[i]
          if (part) send(input.reader, input.id, input.port, part)
        })
        gradients.parameters.forEach((value, name) => parameters.set(name, through(pointOf(name), value)))
        if (gradients.quantizer) collect(gradients.quantizer.index, gradients.quantizer.parameters, gradients.quantizer.bits)
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

import { evaluatedLayers } from '../models/evaluated-network'
import { emitLayer, type EmittedLayer } from '../models/layer-emission'
import type { Layer, NetworkDefinition } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import type { QuantizerEmitter } from './quantizer-emitter'

export interface PassOptions {
  readonly graph: Graph
  readonly network: NetworkDefinition
  readonly batchSize: number
  readonly batchNormTraining: boolean
  readonly dropoutSeed: Tensor | null
  /** Runs the auxiliary head too, where the network has one; evaluation and initialisation leave it out. */
  readonly auxiliary?: boolean
  /** Stored value of a parameter, by state-dict name. */
  readonly stored: (name: string) => Tensor
  /** Null runs the network in float. */
  readonly quantizers: QuantizerEmitter | null
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

interface Applied {
  readonly index: number
  readonly input: Tensor
}

/** Writes one pass of a network over `images` (float, normalised, [batch, h, w, c]). */
export function emitPass(options: PassOptions, images: Tensor): NetworkPass {
  const { graph: g, network, quantizers } = options
  const shapes = new Map<string, readonly number[]>([[INPUT_ID, network.input], ...network.layers.map((layer): [string, readonly number[]] => [layer.id, layer.shape])])
  const raw = new Map<string, Tensor>()
  const seen = new Map<string, Tensor>()
  const outputQuantizers = new Map<string, Applied>()
  const weightQuantizers = new Map<string, Applied>()
  const emitted: [Layer, EmittedLayer][] = []
  const statistics = new Map<string, Tensor>()

  const publish = (id: string, value: Tensor): void => {
    raw.set(id, value)
    const index = quantizers?.indexOf(`${id}|OUTPUT`) ?? -1
    if (quantizers === null || index < 0) {
      seen.set(id, value)
      return
    }
    outputQuantizers.set(id, { index, input: value })
    seen.set(id, quantizers.forward(index, value, [options.batchSize, ...(shapes.get(id) ?? [])]))
  }

  const parameter = (name: string): Tensor => {
    const value = options.stored(name)
    const layer = name.endsWith('.weight') ? name.slice(0, -'.weight'.length) : ''
    const index = quantizers?.indexOf(`${layer}|WEIGHT`) ?? -1
    if (quantizers === null || index < 0) return value
    weightQuantizers.set(name, { index, input: value })
    return quantizers.forward(index, value, quantizers.weightShape(index))
  }

  publish(INPUT_ID, images)
  for (const layer of options.auxiliary === true ? network.layers : evaluatedLayers(network)) {
    const inputs = layer.inputs.map((id) => found(seen, id))
    const context = { graph: g, batchSize: options.batchSize, batchNormTraining: options.batchNormTraining, dropoutSeed: options.dropoutSeed, parameter }
    const result = emitLayer(context, layer, inputs, layer.inputs.map((id) => found(shapes, id)))
    result.statistics.forEach((value, name) => statistics.set(name, value))
    emitted.push([layer, result])
    publish(layer.id, result.output)
  }

  const auxiliaryOutput = options.auxiliary === true ? network.auxiliaryOutput : undefined
  return {
    logits: found(seen, network.output),
    auxiliaryLogits: auxiliaryOutput === undefined ? null : found(seen, auxiliaryOutput),
    values: raw,
    statistics,
    backward(gradient, auxiliaryGradient) {
      const incoming = new Map<string, Tensor[]>([[network.output, [gradient]]])
      if (auxiliaryOutput !== undefined && auxiliaryGradient) incoming.set(auxiliaryOutput, [auxiliaryGradient])
      const parameters = new Map<string, Tensor>()
      const ranges = new Map<number, readonly Tensor[]>()
      const bits = new Map<number, Tensor>()
      const through = (applied: Applied | undefined, outer: Tensor, shape: readonly number[]): Tensor => {
        if (applied === undefined || quantizers === null) return outer
        const result = quantizers.backward(applied.index, applied.input, outer, shape)
        ranges.set(applied.index, result.parameters)
        bits.set(applied.index, result.bits)
        return result.x
      }
      const arrived = (id: string): Tensor | null => {
        const parts = incoming.get(id)
        if (!parts) return null
        const sum = parts.reduce((total, part) => op.add(g, total, part))
        return through(outputQuantizers.get(id), sum, [options.batchSize, ...found(shapes, id)])
      }
      for (const [layer, result] of [...emitted].reverse()) {
        const outer = arrived(layer.id)
        if (outer === null) continue
        const gradients = result.backward(outer)
        layer.inputs.forEach((id, i) => {
          const part = gradients.inputs[i]
          if (part) incoming.set(id, [...(incoming.get(id) ?? []), part])
        })
        gradients.parameters.forEach((value, name) => {
          const applied = weightQuantizers.get(name)
          parameters.set(name, applied && quantizers ? through(applied, value, quantizers.weightShape(applied.index)) : value)
        })
      }
      if (outputQuantizers.has(INPUT_ID)) arrived(INPUT_ID)
      return { parameters, ranges, bits }
    },
  }
}

function found<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id)
  if (value === undefined) throw new RangeError(`"${id}" is not there`)
  return value
}

import { type ConvLayer, isChannelwise, type Layer, type LinearLayer } from '../models/layers'
import { INPUT_ID } from '../models/network-builder'
import { inputPoint, LOGITS_READER, outputPoint } from '../quantization/quantizer-spec'
import type { ActivationQuantizer, IntegerModel } from './integer-model'

/** Writes values (of type V) into a file format; the walk over the network is the same for all of them. */
export interface NetworkEmitter<V> {
  /** The normalised image. */
  image(): V
  quantize(quantizer: ActivationQuantizer, value: V): V
  layer(layer: Layer, inputs: readonly V[]): V
}

export type ProductLayer = ConvLayer | LinearLayer

/** Whether a layer adds up products of integers that share a factor, where `factor` is what those it reads are divided by: one for all, or one a channel. */
export function sumsIntegers(layer: Layer, factor: Float32Array): layer is ProductLayer {
  if (layer.kind === 'conv') return factor.length === 1 || isChannelwise(layer)
  return layer.kind === 'linear' && factor.length === 1
}

/** Factors of sums of products, in float32: one for all, or one a channel where either has that. */
export function productOf(a: Float32Array, b: Float32Array): Float32Array {
  const of = (values: Float32Array, i: number): number => values[values.length === 1 ? 0 : i] ?? NaN
  return Float32Array.from({ length: Math.max(a.length, b.length) }, (_, i) => of(a, i) * of(b, i))
}

/** Emits the integer model with each quantizer at its points, as the trainer applies them, and gives the logits. */
export function emitNetwork<V>(model: IntegerModel, emitter: NetworkEmitter<V>): V {
  const quantizerAt = new Map(model.activations.flatMap((quantizer) => quantizer.points.map((point) => [point, quantizer] as const)))
  const values = new Map<string, V>()
  const quantized = (point: string, value: V): V => {
    const quantizer = quantizerAt.get(point)
    return quantizer === undefined ? value : emitter.quantize(quantizer, value)
  }
  const read = (reader: string, id: string, port: number): V => {
    const value = values.get(id)
    if (value === undefined) throw new RangeError(`"${id}" was not emitted before "${reader}"`)
    return quantized(inputPoint(reader, port), value)
  }
  const publish = (id: string, value: V): void => void values.set(id, quantized(outputPoint(id), value))
  publish(INPUT_ID, emitter.image())
  for (const layer of model.network.layers)
    publish(
      layer.id,
      emitter.layer(
        layer,
        layer.inputs.map((id, port) => read(layer.id, id, port)),
      ),
    )
  return read(LOGITS_READER, model.network.output, 0)
}

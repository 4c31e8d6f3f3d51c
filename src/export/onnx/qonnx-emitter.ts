import type { Layer } from '../../models/layers'
import type { ActivationQuantizer, IntegerModel } from '../integer-model'
import type { NetworkEmitter } from '../network-emission'
import { layerNode } from './layer-nodes'
import { normalisedImages } from './onnx-emitter'
import type { OnnxGraph } from './onnx-graph'
import { QONNX_DOMAIN } from './quant-function'

interface Grid {
  readonly bits: number
  /** One an output channel where they differ. */
  readonly kernelBits: readonly number[] | null
  readonly signed: boolean
  readonly factor: Float32Array
  readonly zeroPoint: Int32Array
}

/** Writes the integer model as QONNX: float weights on their grids, and a Quant node for every quantizer. Batch norms stay. */
export class QonnxEmitter implements NetworkEmitter<string> {
  constructor(
    private readonly graph: OnnxGraph,
    private readonly model: IntegerModel,
  ) {}

  image(): string {
    return normalisedImages(this.graph, this.model)
  }

  quantize({ bits, signed, grids }: ActivationQuantizer, x: string): string {
    const factor = Float32Array.from(grids, (grid) => grid.factor)
    const zeroPoint = Int32Array.from(grids, (grid) => grid.zeroPoint)
    return this.quant(x, { bits, kernelBits: null, signed, factor, zeroPoint }, [1, grids.length, 1, 1])
  }

  layer(layer: Layer, inputs: readonly string[]): string {
    return layerNode(this.graph, layer, inputs, {
      weight: () => this.weight(layer),
      bias: () => (this.model.floats.has(`${layer.id}.bias`) ? this.parameter(layer, 'bias') : null),
      parameter: (name) => this.parameter(layer, name),
    })
  }

  private weight(layer: Layer): string {
    const weight = this.model.weights.get(layer.id)
    if (weight === undefined) return this.parameter(layer, 'weight')
    const { shape, codes, factor, zeroPoint } = weight
    const channelSize = codes.length / (shape[0] ?? 1)
    const at = (values: ArrayLike<number>, i: number): number => values[values.length === 1 ? 0 : Math.floor(i / channelSize)] ?? 0
    const values = Float32Array.from(codes, (code, i) => (code - at(zeroPoint, i)) / at(factor, i))
    const stored = this.graph.floats(`${layer.id}.weight.codes`, shape, values, 'codes', layer.id)
    return this.quant(
      stored,
      weight,
      shape.map((size, axis) => (axis === 0 ? size : 1)),
    )
  }

  private quant(x: string, { bits, kernelBits, signed, factor, zeroPoint }: Grid, channelShape: readonly number[]): string {
    const g = this.graph
    const shape = factor.length === 1 ? [] : channelShape
    const scale = g.constant('float', [...factor.map((value) => 1 / value)], shape)
    const zero = zeroPoint.every((value) => value === 0) ? g.constant('float', [0], []) : g.constant('float', [...zeroPoint], shape)
    const attributes = { signed: signed ? 1 : 0, narrow: 0, rounding_mode: 'ROUND' }
    const width = kernelBits === null ? g.constant('float', [bits], []) : g.constant('float', kernelBits, channelShape)
    return g.node('Quant', [x, scale, zero, width], attributes, { domain: QONNX_DOMAIN })
  }

  private parameter(layer: Layer, name: string): string {
    const tensor = this.model.floats.get(`${layer.id}.${name}`)
    if (tensor === undefined) throw new RangeError(`"${layer.id}.${name}" is not there`)
    return this.graph.floats(`${layer.id}.${name}`, tensor.shape, tensor.data, 'parameter', layer.id)
  }
}

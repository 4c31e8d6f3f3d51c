import type { BatchNormLayer, GlobalAveragePoolLayer, Layer } from '../../models/layers'
import { type KernelGroup, kernelGroups, packBitPlanes, packKernelPlanes, packNibbles } from '../bit-planes'
import type { ActivationQuantizer, IntegerModel, IntegerWeight } from '../integer-model'
import type { IntegerGrid } from '../integer-grid'
import { type NetworkEmitter, type ProductLayer, productOf, sumsIntegers } from '../network-emission'
import { layerNode, type LayerTensors } from './layer-nodes'
import type { OnnxGraph, TensorRole } from './onnx-graph'
import { ONNX_TYPES, type OnnxType } from './onnx-types'

export const INPUT_NAME = 'images'

/** A value in the graph: floats, or integers that are to be divided by a factor, one for all or one a channel. */
export interface OnnxTensor {
  readonly name: string
  readonly factor: Float32Array | null
}

const asFloats = (name: string): OnnxTensor => ({ name, factor: null })

/** Smallest type that holds codes of a width. */
const holder = (bits: number, signed: boolean): OnnxType => (bits <= 8 ? (signed ? 'int8' : 'uint8') : signed ? 'int16' : 'uint16')

/** Zero points or codes as bytes of a type. */
function asBytes(type: OnnxType, values: ArrayLike<number>): Uint8Array {
  switch (type) {
    case 'int4':
    case 'uint4':
      return packNibbles(Int32Array.from(values))
    case 'int16':
    case 'uint16':
      return new Uint8Array(Int16Array.from(values).buffer)
    default:
      return new Uint8Array(Int8Array.from(values).buffer)
  }
}

/** Images [batch, height, width, channels] of 0 to 255, normalised as the trainer does it, as [batch, channels, height, width]. */
export function normalisedImages(g: OnnxGraph, { mean, std }: IntegerModel): string {
  const unit = g.node('Div', [g.node('Cast', [INPUT_NAME], { to: ONNX_TYPES.float }), g.constant('float', [255], [])])
  const centred = g.node('Sub', [unit, g.constant('float', mean)])
  return g.node('Transpose', [g.node('Div', [centred, g.constant('float', std)])], { perm: [0, 3, 1, 2] })
}

/**
 * Writes the integer model in standard operators of ONNX, weights at their true width. Sums of products are taken over integers in float32,
 * and scales and batch norms follow behind in the trainer's order of operations, so that every runtime comes to the trainer's bits.
 */
export class OnnxEmitter implements NetworkEmitter<OnnxTensor> {
  private readonly divided = new Map<string, string>()

  constructor(
    private readonly graph: OnnxGraph,
    private readonly model: IntegerModel,
  ) {}

  image(): OnnxTensor {
    return asFloats(normalisedImages(this.graph, this.model))
  }

  layer(layer: Layer, inputs: readonly OnnxTensor[]): OnnxTensor {
    const [x] = inputs
    if (x !== undefined && x.factor !== null) {
      if (layer.kind === 'dropout') return x
      const weight = this.model.weights.get(layer.id)
      if (weight !== undefined && sumsIntegers(layer, x.factor)) return this.product(layer, x.name, x.factor, weight)
      if (layer.kind === 'batch-norm') return this.norm(layer, x.name, x.factor)
      if (layer.kind === 'global-average-pool') return this.mean(layer, x.name, x.factor)
    }
    return asFloats(
      layerNode(
        this.graph,
        layer,
        inputs.map((input) => this.floats(input)),
        this.tensorsOf(layer),
      ),
    )
  }

  /** Clamped, moved to 0, counted in levels, the zero point taken off, rounded half to even. */
  quantize({ grids }: ActivationQuantizer, value: OnnxTensor): OnnxTensor {
    const g = this.graph
    const of = (entry: (grid: IntegerGrid) => number): string => this.perChannel(Float32Array.from(grids, entry), 3)
    const low = of((grid) => grid.low)
    const clamped = g.node('Max', [g.node('Min', [this.floats(value), of((grid) => grid.high)]), low])
    const counted = g.node('Mul', [g.node('Sub', [clamped, low]), of(({ factor }) => factor)])
    const levels = g.node('Round', [g.node('Sub', [counted, of(({ zeroPoint, lowest }) => zeroPoint - lowest)])])
    return { name: levels, factor: Float32Array.from(grids, ({ factor }) => factor) }
  }

  floats({ name, factor }: OnnxTensor, rank = 3): string {
    if (factor === null) return name
    const known = this.divided.get(name) ?? this.graph.node('Div', [name, this.perChannel(factor, rank)])
    this.divided.set(name, known)
    return known
  }

  /** A convolution or linear layer over integers. Rounding keeps runtimes from moving the scales into the weights, and undoes what an algorithm may leave. */
  private product(layer: ProductLayer, x: string, inputFactor: Float32Array, weight: IntegerWeight): OnnxTensor {
    const g = this.graph
    const sums = layerNode(g, layer, [x], { ...this.tensorsOf(layer), weight: () => this.integers(weight), bias: () => null })
    const result = { name: g.node('Round', [sums]), factor: productOf(inputFactor, weight.factor) }
    const bias = this.model.floats.get(`${layer.id}.bias`)
    if (bias === undefined) return result
    const rank = layer.kind === 'conv' ? 3 : 1
    return asFloats(
      g.node('Add', [this.floats(result, rank), this.perChannel(bias.data, rank, { name: `${layer.id}.bias`, role: 'parameter', owner: layer.id })]),
    )
  }

  /** x * slope / factor + offset. */
  private norm(layer: BatchNormLayer, x: string, factor: Float32Array): OnnxTensor {
    const g = this.graph
    const { slope, offset } = this.model.norms.get(layer.id) ?? { slope: new Float32Array(), offset: new Float32Array() }
    const scale = slope.map((value, i) => value / (factor[factor.length === 1 ? 0 : i] ?? 1))
    const scaled = g.node('Mul', [x, this.perChannel(scale, 3, { name: `${layer.id}.scale`, role: 'scale', owner: layer.id })])
    return asFloats(g.node('Add', [scaled, this.perChannel(offset, 3, { name: `${layer.id}.offset`, role: 'parameter', owner: layer.id })]))
  }

  /** The mean over all pixels, from the exact sum. */
  private mean(layer: GlobalAveragePoolLayer, x: string, factor: Float32Array): OnnxTensor {
    const input = this.model.network.layers.find(({ id }) => id === layer.inputs[0])
    const [height = 1, width = 1] = input?.shape ?? this.model.network.input
    const sum = this.graph.node('ReduceSum', [x, this.graph.constant('int64', [2, 3])], { keepdims: 1 })
    return asFloats(this.floats({ name: sum, factor: factor.map((value) => value * height * width) }))
  }

  /** A number for all or one a channel, so that it spreads over [batch, channels, ...]; with a name it is stored as a tensor of its own. */
  private perChannel(values: Float32Array, rank: number, named?: { name: string; role: TensorRole; owner: string }): string {
    const shape = values.length === 1 && named === undefined ? [] : [values.length, ...Array.from({ length: rank - 1 }, () => 1)]
    return named === undefined
      ? this.graph.constant('float', [...values], shape)
      : this.graph.floats(named.name, shape, values, named.role, named.owner)
  }

  private tensorsOf(layer: Layer): LayerTensors {
    return {
      weight: () => {
        const weight = this.model.weights.get(layer.id)
        if (weight === undefined) return this.parameter(layer, 'weight')
        const shape = weight.factor.length === 1 ? [] : weight.shape.map((size, axis) => (axis === 0 ? size : 1))
        const factor = this.graph.floats(`${layer.id}.weight.factor`, shape, weight.factor, 'scale', layer.id)
        return this.graph.node('Div', [this.integers(weight), factor])
      },
      bias: () => (this.model.floats.has(`${layer.id}.bias`) ? this.parameter(layer, 'bias') : null),
      parameter: (name) => this.parameter(layer, name),
    }
  }

  /** The weight's integers, its zero point taken off, as floats. */
  private integers(weight: IntegerWeight): string {
    const { layer, bits, signed, shape, zeroPoint } = weight
    const g = this.graph
    const values = this.codes(weight)
    if (zeroPoint.every((value) => value === 0)) return values
    const type = holder(bits, signed)
    const size = zeroPoint.length === 1 ? [] : shape.map((length, axis) => (axis === 0 ? length : 1))
    const zero = g.store({ name: `${layer}.weight.zero_point`, type, shape: size, data: asBytes(type, zeroPoint), role: 'zero-point', owner: layer })
    return g.node('Sub', [values, g.node('Cast', [zero], { to: ONNX_TYPES.float })])
  }

  /** The weight's codes as floats, decoded from what they are stored as: one tensor of exactly their bits. */
  private codes({ layer, bits, kernelBits, signed, shape, codes }: IntegerWeight): string {
    const g = this.graph
    const stored = (type: OnnxType, size: readonly number[], data: Uint8Array): string =>
      g.store({ name: `${layer}.weight.codes`, type, shape: size, data, role: 'codes', owner: layer })
    if (kernelBits !== null) {
      const planes = packKernelPlanes(codes, kernelBits)
      return this.unpackedKernels(this.bitsOf(stored('uint8', [planes.length, 1], planes)), kernelGroups(kernelBits), { signed, shape })
    }
    const native: OnnxType | null = bits === 8 ? (signed ? 'int8' : 'uint8') : bits === 4 ? (signed ? 'int4' : 'uint4') : null
    if (native !== null) return g.node('Cast', [stored(native, shape, asBytes(native, codes))], { to: ONNX_TYPES.float })
    const planes = packBitPlanes(codes, bits)
    return this.unpacked(this.bitsOf(stored('uint8', [planes.length, 1], planes)), { bits, signed, shape, from: 0 })
  }

  /** Every bit of every byte, the lowest first. */
  private bitsOf(planes: string): string {
    const g = this.graph
    const shifted = g.node('BitShift', [planes, g.constant('uint8', [0, 1, 2, 3, 4, 5, 6, 7])], { direction: 'RIGHT' })
    return g.node('Reshape', [g.node('BitwiseAnd', [shifted, g.constant('uint8', [1])]), g.constant('int64', [-1])])
  }

  /** Bit-planes to integers: the bits from one on, what lies behind them left out, then the planes added with the worth of their bit. */
  private unpacked(flat: string, to: { bits: number; signed: boolean; shape: readonly number[]; from: number }): string {
    const g = this.graph
    const count = to.shape.reduce((product, size) => product * size, 1)
    const used = g.node('Slice', [flat, g.constant('int64', [to.from]), g.constant('int64', [to.from + to.bits * count])])
    const matrix = g.node('Cast', [g.node('Reshape', [used, g.constant('int64', [to.bits, -1])])], { to: ONNX_TYPES.float })
    const worth = Array.from({ length: to.bits }, (_, bit) => (to.signed && bit === to.bits - 1 ? -(2 ** bit) : 2 ** bit))
    return g.node('Reshape', [g.node('MatMul', [g.constant('float', worth, [1, to.bits]), matrix]), g.constant('int64', to.shape)])
  }

  /** Output channels of one width are decoded together, joined, and put back into their order. */
  private unpackedKernels(flat: string, groups: readonly KernelGroup[], { signed, shape }: { signed: boolean; shape: readonly number[] }): string {
    const g = this.graph
    const [channels = 1, ...rest] = shape
    const size = rest.reduce((product, length) => product * length, 1)
    let from = 0
    const parts = groups.map(({ bits, kernels }) => {
      const part = this.unpacked(flat, { bits, signed, shape: [kernels.length, ...rest], from })
      from += bits * kernels.length * size
      return part
    })
    const stored = groups.flatMap(({ kernels }) => kernels)
    const placeOf = new Map(stored.map((kernel, place) => [kernel, place]))
    const order = Array.from({ length: channels }, (_, kernel) => placeOf.get(kernel) ?? 0)
    return g.node('Gather', [g.node('Concat', parts, { axis: 0 }), g.constant('int64', order)], { axis: 0 })
  }

  private parameter(layer: Layer, name: string): string {
    const tensor = this.model.floats.get(`${layer.id}.${name}`)
    if (tensor === undefined) throw new RangeError(`"${layer.id}.${name}" is not there`)
    return this.graph.floats(`${layer.id}.${name}`, tensor.shape, tensor.data, 'parameter', layer.id)
  }
}

import type { BatchNormLayer, GlobalAveragePoolLayer, Layer } from '../../models/layers'
import { parametersOfLayer } from '../../models/parameter-list'
import { fromStateDict } from '../../models/state-dict-layout'
import type { ActivationQuantizer, IntegerModel, IntegerWeight, NormFactors } from '../integer-model'
import type { IntegerGrid } from '../integer-grid'
import { codesName } from '../manifest'
import { type NetworkEmitter, type ProductLayer, productOf, sumsIntegers } from '../network-emission'
import { layerNodes, type LayerTensors, sumOf } from './layer-nodes'
import { flag, shapeOf, type TfjsGraph, type } from './tfjs-graph'

/** Input of the graph: pixels of 0 to 255, [batch, height, width, channels], int32 as `tf.browser.fromPixels` gives them. */
export const INPUT_NAME = 'images'

/** A value in the graph: floats, or integers that are to be divided by a factor, one for all or one a channel. */
export interface TfjsTensor {
  readonly name: string
  readonly factor: Float32Array | null
}

const asFloats = (name: string): TfjsTensor => ({ name, factor: null })

/**
 * Writes the integer model in operators of TensorFlow that TF.js runs. Sums of products are taken over integers in float32, and scales and
 * batch norms follow behind in the trainer's order of operations. Channels come last everywhere, so that one value a channel spreads by itself.
 */
export class TfjsEmitter implements NetworkEmitter<TfjsTensor> {
  private readonly divided = new Map<string, string>()
  private readonly shapes: ReadonlyMap<string, Layer['shape']>

  constructor(
    private readonly graph: TfjsGraph,
    private readonly model: IntegerModel,
  ) {
    this.shapes = new Map(model.network.layers.map(({ id, shape }) => [id, shape]))
  }

  image(): TfjsTensor {
    const g = this.graph
    const { mean, std, network } = this.model
    const images = g.node('Placeholder', [], { dtype: type('DT_INT32'), shape: shapeOf([-1, ...network.input]) }, INPUT_NAME)
    const pixels = g.node('Cast', [images], { SrcT: type('DT_INT32'), DstT: type('DT_FLOAT'), Truncate: flag(false) })
    const centred = g.node('Sub', [g.node('RealDiv', [pixels, g.constant('float32', [255], [])]), g.constant('float32', mean)])
    return asFloats(g.node('RealDiv', [centred, g.constant('float32', std)]))
  }

  layer(layer: Layer, inputs: readonly TfjsTensor[]): TfjsTensor {
    const [x] = inputs
    if (x !== undefined && x.factor !== null) {
      if (layer.kind === 'dropout') return x
      const weight = this.model.weights.get(layer.id)
      if (weight !== undefined && sumsIntegers(layer, x.factor)) return this.product(layer, x.name, x.factor, weight)
      if (layer.kind === 'batch-norm') return this.norm(layer, x.name, x.factor)
      if (layer.kind === 'global-average-pool') return this.mean(layer, x.name, x.factor)
    }
    const values = inputs.map((input) => this.floats(input))
    return asFloats(layerNodes(this.graph, layer, values, this.inputShape(layer), this.tensorsOf(layer)))
  }

  /** Clamped, moved to 0, counted in levels, the zero point taken off, rounded half to even. */
  quantize({ grids }: ActivationQuantizer, value: TfjsTensor): TfjsTensor {
    const g = this.graph
    const of = (entry: (grid: IntegerGrid) => number): string => this.perChannel(Float32Array.from(grids, entry))
    const low = of((grid) => grid.low)
    const clamped = g.node('Maximum', [g.node('Minimum', [this.floats(value), of((grid) => grid.high)]), low])
    const counted = g.node('Mul', [g.node('Sub', [clamped, low]), of(({ factor }) => factor)])
    const levels = g.node('Round', [g.node('Sub', [counted, of(({ zeroPoint, lowest }) => zeroPoint - lowest)])])
    return { name: levels, factor: Float32Array.from(grids, ({ factor }) => factor) }
  }

  floats({ name, factor }: TfjsTensor): string {
    if (factor === null) return name
    const known = this.divided.get(name) ?? this.graph.node('RealDiv', [name, this.perChannel(factor)])
    this.divided.set(name, known)
    return known
  }

  /** A convolution or linear layer over integers. */
  private product(layer: ProductLayer, x: string, inputFactor: Float32Array, weight: IntegerWeight): TfjsTensor {
    const tensors = { ...this.tensorsOf(layer), weight: () => this.integers(layer, weight), bias: () => null }
    const sums = layerNodes(this.graph, layer, [x], this.inputShape(layer), tensors)
    const result = { name: sums, factor: productOf(inputFactor, weight.factor) }
    const bias = this.tensorsOf(layer).bias()
    return bias === null ? result : asFloats(this.graph.node('AddV2', [this.floats(result), bias]))
  }

  /** x * slope / factor + offset. */
  private norm(layer: BatchNormLayer, x: string, factor: Float32Array): TfjsTensor {
    const scale = this.normOf(layer).slope.map((value, i) => value / (factor[factor.length === 1 ? 0 : i] ?? 1))
    const scaled = this.graph.node('Mul', [x, this.graph.floats(`${layer.id}.scale`, [scale.length], scale)])
    return asFloats(this.graph.node('AddV2', [scaled, this.tensorsOf(layer).norm('offset')]))
  }

  /** The mean over all pixels, from the exact sum. */
  private mean(layer: GlobalAveragePoolLayer, x: string, factor: Float32Array): TfjsTensor {
    const [height, width] = this.inputShape(layer)
    return asFloats(this.floats({ name: sumOf(this.graph, x, [1, 2]), factor: factor.map((value) => value * height * width) }))
  }

  /** A number for all, or one a channel. */
  private perChannel(values: Float32Array): string {
    return this.graph.constant('float32', [...values], values.length === 1 ? [] : [values.length])
  }

  private tensorsOf(layer: Layer): LayerTensors {
    return {
      weight: () => {
        const weight = this.model.weights.get(layer.id)
        const info = weightInfo(layer)
        if (weight === undefined) {
          const { name, shape, data } = { name: info.name, ...this.parameter(info.name) }
          return this.graph.floats(name, info.shape, fromStateDict(info, { shape, data }))
        }
        const factor = this.graph.floats(`${layer.id}.weight.factor`, channelShape(layer, weight.factor.length), weight.factor)
        return this.graph.node('RealDiv', [this.integers(layer, weight), factor])
      },
      bias: () => {
        const bias = this.model.floats.get(`${layer.id}.bias`)
        return bias === undefined || layer.kind === 'batch-norm' ? null : this.graph.floats(`${layer.id}.bias`, bias.shape, bias.data)
      },
      norm: (part) => {
        const values = this.normOf(layer)[part]
        return this.graph.floats(`${layer.id}.${part}`, [values.length], values)
      },
    }
  }

  /** The weight's integers, its zero point taken off, as floats. A zero point for all is part of how TF.js reads the codes. */
  private integers(layer: Layer, { bits, signed, shape, codes, zeroPoint }: IntegerWeight): string {
    const info = weightInfo(layer)
    const lowest = signed ? 2 ** (bits - 1) : 0
    const stored = Int32Array.from(fromStateDict(info, { shape, data: Float32Array.from(codes) }), (code) => code + lowest)
    const [first = 0] = zeroPoint
    const common = zeroPoint.every((value) => value === first)
    const values = this.graph.codes(codesName(layer.id), info.shape, { codes: stored, bits, offset: lowest + (common ? first : 0) })
    if (common) return values
    return this.graph.node('Sub', [values, this.graph.floats(`${layer.id}.weight.zero_point`, channelShape(layer, zeroPoint.length), Float32Array.from(zeroPoint))])
  }

  private normOf({ id }: Layer): NormFactors {
    const norm = this.model.norms.get(id)
    if (norm === undefined) throw new RangeError(`the batch norm "${id}" is not there`)
    return norm
  }

  private inputShape({ inputs }: Layer): Layer['shape'] {
    return this.shapes.get(inputs[0] ?? '') ?? this.model.network.input
  }

  private parameter(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const tensor = this.model.floats.get(name)
    if (tensor === undefined) throw new RangeError(`"${name}" is not there`)
    return tensor
  }
}

function weightInfo(layer: Layer): ReturnType<typeof parametersOfLayer>[number] {
  const info = parametersOfLayer(layer).find(({ kind }) => kind.endsWith('-weight'))
  if (info === undefined) throw new RangeError(`"${layer.id}" has no weight`)
  return info
}

/** So that one value an output channel spreads over a weight in the engine's layout, where depthwise weights end in [channels, multiplier]. */
function channelShape(layer: Layer, count: number): number[] {
  if (count === 1) return []
  const info = weightInfo(layer)
  return info.kind === 'depthwise-weight' ? info.shape.slice(-2) : [count]
}

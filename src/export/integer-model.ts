import { evaluatedNetwork } from '../models/evaluated-network'
import type { NetworkDefinition } from '../models/layers'
import { parametersOf } from '../models/parameter-list'
import type { ParameterInfo } from '../models/parameters'
import { toStateDict } from '../models/state-dict-layout'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { type IntegerGrid, trainedGrids } from './integer-grid'

/** A tensor that stays float, in PyTorch's layout. */
export interface FloatTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** A weight as integers: weight = (code - zeroPoint) / factor. */
export interface IntegerWeight {
  readonly layer: string
  /** Width in which each code is stored; its bits count towards the model's size. The greatest where kernels have widths of their own. */
  readonly bits: number
  /** Width of the codes of each output channel where they differ; null where all have `bits`. */
  readonly kernelBits: readonly number[] | null
  readonly signed: boolean
  /** PyTorch's layout, output channels first. */
  readonly shape: readonly number[]
  readonly codes: Int32Array
  /** One entry, or one an output channel. */
  readonly factor: Float32Array
  readonly zeroPoint: Int32Array
}

/** A quantizer of activations: what it makes of a value are the levels of its grid. */
export interface ActivationQuantizer {
  readonly id: string
  /** Ids of the points where it is applied. */
  readonly points: readonly string[]
  readonly bits: number
  readonly signed: boolean
  /** One entry, or one a channel. */
  readonly grids: readonly IntegerGrid[]
}

/** The trained network in integers, independent of any file format. */
export interface IntegerModel {
  /** Without an auxiliary head. */
  readonly network: NetworkDefinition
  /** Pixel statistics per channel on the 0..1 scale. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** By layer id. */
  readonly weights: ReadonlyMap<string, IntegerWeight>
  readonly activations: readonly ActivationQuantizer[]
  /** Parameters that stay float, by state-dict name. */
  readonly floats: ReadonlyMap<string, FloatTensor>
  /** What batch norms do in evaluation, by layer id: x * slope + offset, per channel. */
  readonly norms: ReadonlyMap<string, NormFactors>
}

export interface NormFactors {
  readonly slope: Float32Array
  readonly offset: Float32Array
}

export interface IntegerModelInputs {
  readonly network: NetworkDefinition
  readonly specs: readonly QuantizerSpec[]
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Every variable of the run by name, in the engine's layout. */
  readonly state: ReadonlyMap<string, Float32Array>
  /** As the trainer computes them, so that its roundings are kept: quantized weights by quantizer id, in the engine's layout, and batch norms by layer id. */
  readonly quantizedWeights: ReadonlyMap<string, Float32Array>
  readonly norms: ReadonlyMap<string, NormFactors>
}

/** Takes a run's variables apart into integers. Widths are rounded half to even, as the trainer's integer model rounds them. */
export function integerModel({ network: given, specs, mean, std, state, quantizedWeights, norms }: IntegerModelInputs): IntegerModel {
  const network = evaluatedNetwork(given)
  const parameters = new Map(parametersOf(network).map((info) => [info.name, info]))
  const value = (name: string): Float32Array => found(state, name)
  const weights = new Map<string, IntegerWeight>()
  const activations: ActivationQuantizer[] = []
  const trained = trainedGrids(specs, value)
  specs.forEach((spec, index) => {
    const { bits, kernelBits, signed, grids } = trained[index] ?? { bits: 0, kernelBits: null, signed: false, grids: [] }
    if (spec.kind === 'activation') {
      activations.push({ id: spec.id, points: spec.points.map(({ id }) => id), bits, signed, grids })
      return
    }
    const { shape, codes } = codesOf(found(parameters, `${spec.layer}.weight`), found(quantizedWeights, spec.id), grids)
    weights.set(spec.layer, {
      layer: spec.layer,
      bits,
      kernelBits: kernelBits?.some((width) => width !== bits) === true ? kernelBits : null,
      signed,
      shape,
      codes,
      factor: Float32Array.from(grids, ({ factor }) => factor),
      zeroPoint: Int32Array.from(grids, ({ zeroPoint }) => zeroPoint),
    })
  })
  const floats = new Map<string, FloatTensor>()
  for (const [name, info] of parameters) if (!isQuantized(info, weights)) floats.set(name, toStateDict(info, value(name)))
  return { network, mean, std, weights, activations, floats, norms }
}

/** The codes of quantized values: each lies on a grid point, up to the rounding of a division. */
function codesOf(info: ParameterInfo, quantized: Float32Array, grids: readonly IntegerGrid[]): { shape: readonly number[]; codes: Int32Array } {
  const { shape, data } = toStateDict(info, quantized)
  const channelSize = data.length / (shape[0] ?? 1)
  const codes = Int32Array.from(data, (value, i) => {
    const grid = grids[grids.length === 1 ? 0 : Math.floor(i / channelSize)]
    if (grid === undefined) throw new RangeError(`${info.name} has too few ranges`)
    const code = Math.round(value * grid.factor) + grid.zeroPoint
    if (!(code >= grid.lowest && code <= grid.highest)) throw new RangeError(`${info.name}: ${String(value)} lies outside its grid`)
    return code
  })
  return { shape, codes }
}

const isQuantized = ({ kind, layer }: ParameterInfo, weights: ReadonlyMap<string, unknown>): boolean => kind.endsWith('-weight') && weights.has(layer)

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name)
  if (value === undefined) throw new RangeError(`"${name}" is not there`)
  return value
}

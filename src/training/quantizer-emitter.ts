import { LEVEL_COLUMNS } from '../quantization/bit-widths'
import { type FractionalForm, type FractionalGradient, fractionalGradient, fractionalQuantize, integerLevels, integerQuantize, type RangeParameters } from '../quantization/fractional-quantizer'
import type { IntegerLevels } from '../quantization/integer-quantizer'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { isKernelWise, widthStarts } from '../quantization/width-layout'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { type ChainQuantizers, createCompiledQuantizers } from './compiled-quantizers'

/** Writes the quantizers of one pass into the graph. */
export interface QuantizerEmitter {
  /** Where layers in front of quantizers may be compiled together with them. */
  readonly chains?: ChainQuantizers
  /** Index of the quantizer that a point (by id) belongs to, -1 where nothing is quantized. */
  indexOf(point: string): number
  /** Whether it quantizes at integer widths only. */
  readonly isInteger: boolean
  /** Whether each channel has a range of its own. */
  isPerChannel(index: number): boolean
  /** Engine shape of the weight that a weight quantizer works on. */
  weightShape(index: number): readonly number[]
  forward(index: number, x: Tensor, shape: readonly number[]): Tensor
  /** As `forward` at integer widths, not compiled, with the integers of `shape` that `factor` divides to the value. */
  integers(index: number, x: Tensor, shape: readonly number[]): IntegerLevels & { readonly value: Tensor }
  backward(index: number, x: Tensor, gradient: Tensor, shape: readonly number[]): FractionalGradient
}

export interface QuantizerEmitterOptions {
  readonly graph: Graph
  readonly specs: readonly QuantizerSpec[]
  readonly weightShapes: ReadonlyMap<string, readonly number[]>
  readonly parameters: readonly RangeParameters[]
  /** Matrix with a row of levels for each width. */
  readonly levels: Tensor
  /** Quantize at the row's lower width alone: for integer widths. */
  readonly integer: boolean
  /**
   * Compile with XLA: several times faster, up to one level off where a value lies exactly between two levels.
   * Without it every operation is rounded in the order of the specification.
   */
  readonly compile: boolean
  /** Number of values from which compilation pays. */
  readonly compileFrom?: number
}

export function createQuantizerEmitter(options: QuantizerEmitterOptions): QuantizerEmitter {
  const plain = createPlainQuantizers(options)
  return options.compile ? { ...plain, ...createCompiledQuantizers(options) } : plain
}

function createPlainQuantizers(options: QuantizerEmitterOptions): QuantizerEmitter {
  const { graph, specs } = options
  const rows = levelRows(graph, specs, options.levels)
  const indices = new Map(specs.flatMap((spec, i) => spec.points.map((point): [string, number] => [point.id, i])))
  const formOf = (spec: QuantizerSpec): FractionalForm => ({ mode: spec.mode, perChannel: spec.ranges > 1, logarithmic: spec.logarithmic, kernelWise: spec.kernels !== undefined })
  const at = (index: number): { spec: QuantizerSpec; parameters: RangeParameters; levels: Tensor } => {
    const spec = specs[index]
    const parameters = options.parameters[index]
    const levels = rows[index]
    if (!spec || !parameters || !levels) throw new RangeError(`quantizer ${String(index)}`)
    return { spec, parameters, levels }
  }
  // Everything is quantized as [rows, channels], channels last.
  const matrix = (x: Tensor, shape: readonly number[], spec: QuantizerSpec): Tensor => op.reshape(graph, x, [-1, spec.kernels ?? (spec.ranges > 1 ? spec.ranges : (shape.at(-1) ?? 1))])
  return {
    isInteger: options.integer,
    indexOf: (point) => indices.get(point) ?? -1,
    isPerChannel: (index) => at(index).spec.ranges > 1,
    weightShape: (index) => options.weightShapes.get(at(index).spec.layer) ?? [],
    forward(index, x, shape) {
      const { spec, parameters, levels } = at(index)
      const quantizer = options.integer ? integerQuantize : fractionalQuantize
      return op.reshape(graph, quantizer(graph, formOf(spec), matrix(x, shape, spec), parameters, levels), shape)
    },
    integers(index, x, shape) {
      const { spec, parameters, levels: row } = at(index)
      const { levels, factor } = integerLevels(graph, formOf(spec), matrix(x, shape, spec), parameters, row)
      const value = op.reshape(graph, op.divide(graph, levels, factor), shape)
      return { value, levels: op.reshape(graph, levels, shape), factor }
    },
    backward(index, x, gradient, shape) {
      const { spec, parameters, levels } = at(index)
      const result = fractionalGradient(graph, formOf(spec), matrix(x, shape, spec), matrix(gradient, shape, spec), parameters, levels)
      return { ...result, x: op.reshape(graph, result.x, shape) }
    },
  }
}

/** The levels of each quantizer: a row, or a matrix with a row for each of its kernels. */
function levelRows(graph: Graph, specs: readonly QuantizerSpec[], levels: Tensor): Tensor[] {
  if (!isKernelWise(specs)) return op.unpack(graph, levels, specs.length)
  const starts = widthStarts(specs)
  return specs.map(({ kernels }, index) => {
    const rows = op.slice(graph, levels, [starts[index] ?? 0, 0], [kernels ?? 1, LEVEL_COLUMNS.length])
    return kernels === undefined ? op.reshape(graph, rows, [LEVEL_COLUMNS.length]) : rows
  })
}

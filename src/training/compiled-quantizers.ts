import type { FractionalGradient, RangeParameters } from '../quantization/fractional-quantizer'
import { mixedGrids } from '../quantization/grid-table'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Tensor } from '../tensor/types'
import { type ChainForm, type ChainGradients, type ChainSize, COMPILE_FROM, emitChain, emitChainGradient } from './pointwise-chain'

/** What a chain needs of the quantizer at its end. */
export interface ChainQuantizers {
  form(index: number): NonNullable<ChainForm['quantizer']>
  grid(index: number): Tensor
  /** Gradients of the stored parameters, from those of the range in use. */
  towardsStored(index: number, gradients: NonNullable<ChainGradients['quantizer']>): { readonly parameters: readonly Tensor[]; readonly bits: Tensor }
}

export interface CompiledQuantizerOptions {
  readonly graph: Graph
  readonly specs: readonly QuantizerSpec[]
  readonly parameters: readonly RangeParameters[]
  /** Matrix with a row for each width. */
  readonly levels: Tensor
  readonly integer: boolean
  readonly compileFrom?: number
}

/** The part of a quantizer emitter that is compiled. */
export interface CompiledQuantizers {
  readonly chains: ChainQuantizers
  forward(index: number, x: Tensor, shape: readonly number[]): Tensor
  backward(index: number, x: Tensor, gradient: Tensor, shape: readonly number[]): FractionalGradient
}

/** Quantizers as compiled functions; bit-widths and ranges are data, so that nothing is compiled again when they move. */
export function createCompiledQuantizers(options: CompiledQuantizerOptions): CompiledQuantizers {
  const { graph, specs, parameters } = options
  const place = { graph, compileFrom: options.compileFrom ?? COMPILE_FROM }
  const grids = mixedGrids(graph, specs, parameters, options.levels)
  const found = <T>(list: readonly T[], index: number): T => {
    const entry = list[index]
    if (entry === undefined) throw new RangeError(`quantizer ${String(index)}`)
    return entry
  }
  const chains: ChainQuantizers = {
    form: (index) => {
      const { ranges, mode, kernels } = found(specs, index)
      return { perChannel: ranges > 1, asymmetric: mode === 'asymmetric', integer: options.integer, kernelWise: kernels !== undefined }
    },
    grid: (index) => found(grids, index),
    towardsStored: (index, { range, low, bits }) => {
      const { logarithmic } = found(specs, index)
      const stored = found(found(parameters, index), found(parameters, index).length - 1)
      // The range is |stored|, or its exponential.
      const slope = logarithmic ? op.exponential(graph, stored) : op.sign(graph, stored)
      return { parameters: [...(low ? [low] : []), op.multiply(graph, range, slope)], bits }
    },
  }
  const form = (index: number): ChainForm => ({ norm: null, adds: false, activation: null, quantizer: chains.form(index) })
  const size = (index: number, shape: readonly number[]): ChainSize => {
    const elements = shape.reduce((product, length) => product * length, 1)
    const { ranges, kernels } = found(specs, index)
    const channels = kernels ?? (ranges > 1 ? ranges : (shape.at(-1) ?? 1))
    return { rows: elements / channels, channels }
  }
  const matrix = (x: Tensor, { rows, channels }: ChainSize): Tensor => op.reshape(graph, x, [rows, channels])
  const inputs = (index: number, x: Tensor, of: ChainSize) => ({ x: matrix(x, of), addend: null, norm: null, grid: chains.grid(index) })
  return {
    chains,
    forward(index, x, shape) {
      const of = size(index, shape)
      return op.reshape(graph, emitChain(place, form(index), of, inputs(index, x, of)).y, shape)
    },
    backward(index, x, gradient, shape) {
      const of = size(index, shape)
      const output = { y: x, moments: null, running: null }
      const gradients = emitChainGradient(place, form(index), of, inputs(index, x, of), output, matrix(gradient, of))
      if (!gradients.quantizer) throw new RangeError('gradients of a quantizer')
      return { x: op.reshape(graph, gradients.x, shape), ...chains.towardsStored(index, gradients.quantizer) }
    },
  }
}

import { evaluatedLayers } from '../../models/evaluated-network'
import type { NetworkDefinition } from '../../models/layers'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { integerWidth } from '../../quantization/round-widths'
import { isKernelWise, widthSpecs } from '../../quantization/width-layout'
import { textTable } from './text-table'

export interface QuantizerState {
  /** One entry per quantizer, or per kernel of it. */
  readonly widths: ArrayLike<number>
  /** One entry per quantizer. Above 0.5: its symmetric grid has negative values. */
  readonly signed: ArrayLike<number>
}

interface Share {
  readonly what: string
  readonly holds: (spec: QuantizerSpec, index: number) => boolean
}

function shares({ signed }: QuantizerState): Share[] {
  const isSigned = (spec: QuantizerSpec, index: number): boolean => spec.mode === 'asymmetric' || (signed[index] ?? 0) > 0.5
  return [
    { what: 'Symmetric', holds: ({ mode }) => mode === 'symmetric' },
    { what: 'Asymmetric', holds: ({ mode }) => mode === 'asymmetric' },
    { what: 'Signed', holds: isSigned },
    { what: 'Unsigned', holds: (spec, index) => !isSigned(spec, index) },
    { what: 'Per-tensor', holds: ({ perChannel }) => !perChannel },
    { what: 'Per-channel', holds: ({ perChannel }) => perChannel },
  ]
}

const ratio = (part: number, all: number): string => `${(all === 0 ? 0 : (100 * part) / all).toFixed(2)} % (${part} / ${all})`

/** Layers that the original wraps: convolutions, linear layers and batch norms (spec 8.4). */
const WRAPPED = new Set(['conv', 'linear', 'batch-norm'])

/** The three tables that the original prints about quantizers (spec 8.4): enabled ones, what kinds there are, and which widths. */
export function quantizationStatistics(network: NetworkDefinition, specs: readonly QuantizerSpec[], state: QuantizerState): string {
  const weights = specs.flatMap((spec, index) => (spec.kind === 'weight' ? [index] : []))
  const activations = specs.flatMap((spec, index) => (spec.kind === 'activation' ? [index] : []))
  const count = (indices: readonly number[], holds: Share['holds']): number => indices.filter((index) => specs[index] !== undefined && holds(specs[index], index)).length
  const rowsOf = (name: string, indices: readonly number[]): string[][] =>
    shares(state).map(({ what, holds }) => [`${what} ${name} / All placed ${name}`, ratio(count(indices, holds), indices.length)])
  const potential = evaluatedLayers(network).filter(({ kind }) => WRAPPED.has(kind)).length
  const share = [...rowsOf('WQs', weights), ['Placed WQs / Potential WQs', ratio(weights.length, potential)], ...rowsOf('AQs', activations)]

  // Where kernels have widths of their own, each counts for itself.
  const each = widthSpecs(specs).map((spec, i) => ({ kind: spec.kind, width: integerWidth(spec, state.widths[i] ?? 0) }))
  const countOf = (kind: QuantizerSpec['kind'], width?: number): number => each.filter((one) => one.kind === kind && (width === undefined || one.width === width)).length
  const widths = [...new Set(each.map(({ width }) => width))].sort((a, b) => b - a)
  const distribution = widths.map((width) => {
    const [w, a] = [countOf('weight', width), countOf('activation', width)]
    return [String(width), ratio(w, countOf('weight')), ratio(a, countOf('activation')), ratio(w + a, each.length)]
  })
  const counted = isKernelWise(specs) ? ', a weight quantizer for each kernel' : ''
  return [
    `Statistics of the quantization algorithm:\n${textTable(["Statistic's name", 'Value'], [['Ratio of enabled quantizations', '100.0']])}`,
    `Statistics of the quantization share:\n${textTable(["Statistic's name", 'Value'], share)}`,
    `Statistics of the bitwidth distribution${counted}:\n${textTable(['Num bits (N)', 'N-bits WQs / Placed WQs', 'N-bits AQs / Placed AQs', 'N-bits Qs / Placed Qs'], distribution)}`,
  ].join('\n\n')
}

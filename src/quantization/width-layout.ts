import type { KernelWidths } from '../contract/entities'
import type { QuantizerSpec } from './quantizer-spec'
import { clampedWidth } from './round-widths'

/*
 * A quantizer has one width, or, kernel-wise, one an output channel of its weight. Every vector of widths that is trained, rounded or stored
 * holds them one behind the other, in the order of the quantizers; where no quantizer is kernel-wise it has one entry a quantizer.
 */

/** What one width belongs to: a quantizer, or one kernel of it, which counts its own share of the weights. */
export interface WidthSpec extends QuantizerSpec {
  /** Index of the quantizer. */
  readonly quantizer: number
}

/** Widths of a quantizer: those of its kernels, or one. */
export const widthCount = ({ kernels }: Pick<QuantizerSpec, 'kernels'>): number => kernels ?? 1

/** Whether some quantizer has a width for each of its kernels. */
export const isKernelWise = (specs: readonly Pick<QuantizerSpec, 'kernels'>[]): boolean => specs.some(({ kernels }) => kernels !== undefined)

/** Whose each width is, in the order of the vectors of widths. All kernels of a weight have equally many elements. */
export const widthSpecs = (specs: readonly QuantizerSpec[]): WidthSpec[] =>
  specs.flatMap((spec, quantizer) => {
    const count = widthCount(spec)
    return Array.from({ length: count }, (): WidthSpec => ({ ...spec, quantizer, elements: spec.elements / count }))
  })

/** Position of each quantizer's first width. */
export function widthStarts(specs: readonly Pick<QuantizerSpec, 'kernels'>[]): number[] {
  let next = 0
  return specs.map((spec) => {
    const start = next
    next += widthCount(spec)
    return start
  })
}

/** One value a quantizer, given to each of its widths. */
export const spreadOverWidths = (specs: readonly Pick<QuantizerSpec, 'kernels'>[], values: ArrayLike<number>): number[] =>
  specs.flatMap((spec, i) => Array.from({ length: widthCount(spec) }, () => values[i] ?? 0))

/** The widths of each quantizer, of a vector of all of them. */
export function widthsByQuantizer(specs: readonly Pick<QuantizerSpec, 'kernels'>[], widths: ArrayLike<number>): number[][] {
  const starts = widthStarts(specs)
  return specs.map((spec, i) => Array.from({ length: widthCount(spec) }, (_, kernel) => widths[(starts[i] ?? 0) + kernel] ?? 0))
}

/** Of each quantizer the sum over its widths: the gradient by a width that all its kernels shared, of one by each. */
export const sumsByQuantizer = (specs: readonly Pick<QuantizerSpec, 'kernels'>[], values: ArrayLike<number>): number[] =>
  widthsByQuantizer(specs, values).map((own) => own.reduce((sum, value) => sum + value, 0))

/** Mean width of each quantizer: as it is where it has one, of its kernels' widths within their bounds where it has many. Times its elements that is its size. */
export const meanWidths = (specs: readonly QuantizerSpec[], widths: ArrayLike<number>): number[] =>
  widthsByQuantizer(specs, widths).map((own, i) => {
    const spec = specs[i]
    return spec?.kernels === undefined ? (own[0] ?? 0) : own.reduce((sum, width) => sum + clampedWidth(spec, width), 0) / own.length
  })

/** A row of a run's history of widths, as the contract's `BitWidthHistory` has it: the mean of each quantizer, then the extremes of those with kernels. */
export function historyRow(specs: readonly QuantizerSpec[], widths: ArrayLike<number>): number[] {
  const own = widthsByQuantizer(specs, widths)
  const extremes = specs.flatMap((spec, i) => {
    if (spec.kernels === undefined) return []
    const clamped = (own[i] ?? []).map((width) => clampedWidth(spec, width))
    return [Math.min(...clamped), Math.max(...clamped)]
  })
  return [...meanWidths(specs, widths), ...extremes]
}

/** How many kernels of each kernel-wise quantizer have which integer width, ascending. */
export const kernelWidthsOf = (specs: readonly QuantizerSpec[], widths: ArrayLike<number>): KernelWidths[] =>
  widthsByQuantizer(specs, widths).flatMap((own, quantizer) => {
    if (specs[quantizer]?.kernels === undefined) return []
    const distinct = [...new Set(own)].sort((a, b) => a - b)
    return [{ quantizer, widths: distinct.map((bits) => ({ bits, kernels: own.filter((width) => width === bits).length })) }]
  })

import type { BitOpsTerm } from '../contract/what-if'
import type { QuantizerSpec } from './quantizer-spec'
import { widthCount, widthStarts } from './width-layout'

/** The terms of each layer with a width for each kernel: indices are those of widths. */
export function kernelTermsOf(specs: readonly QuantizerSpec[], terms: readonly BitOpsTerm[]): BitOpsTerm[][] {
  const starts = widthStarts(specs)
  return terms.map(({ macs, weight, input }) => {
    const spec = specs[weight]
    const kernels = spec === undefined ? 1 : widthCount(spec)
    return Array.from({ length: kernels }, (_, kernel) => ({ macs: macs / kernels, weight: (starts[weight] ?? 0) + kernel, input: input === null ? null : (starts[input] ?? 0) }))
  })
}

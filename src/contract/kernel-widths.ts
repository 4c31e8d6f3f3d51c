import type { QuantizerInfo, RunResult } from './entities'

/** The least and the greatest width of the kernels of a quantizer in a row of the history; null where it has one width. */
export function kernelExtremes(quantizers: readonly Pick<QuantizerInfo, 'kernels'>[], index: number, row: readonly number[]): readonly [least: number, greatest: number] | null {
  if (quantizers[index]?.kernels === undefined) return null
  const before = quantizers.slice(0, index).filter(({ kernels }) => kernels !== undefined).length
  const [least, greatest] = [row[quantizers.length + 2 * before], row[quantizers.length + 2 * before + 1]]
  return least === undefined || greatest === undefined ? null : [least, greatest]
}

/** As {@link kernelExtremes}, of the integer widths that a run ended with. */
export function finalKernelExtremes({ kernelWidths }: RunResult, quantizer: number): readonly [least: number, greatest: number] | null {
  const own = kernelWidths?.find((one) => one.quantizer === quantizer)?.widths
  const [least, greatest] = [own?.at(0)?.bits, own?.at(-1)?.bits]
  return least === undefined || greatest === undefined ? null : [least, greatest]
}

/** A width, or a mean of some: whole where it is. */
export const formatBits = (bits: number): string => (Number.isInteger(bits) ? String(bits) : bits.toFixed(2))

/** What a width stands for where the kernels of a layer have widths of their own; `extremes` as far as they are known. */
export function kernelWords(kernels: number, extremes: readonly [least: number, greatest: number] | null): string {
  return `mean of ${String(kernels)} kernels${extremes === null ? '' : `, ${formatBits(extremes[0])} to ${formatBits(extremes[1])} bits`}`
}

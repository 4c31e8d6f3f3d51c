import type { QuantizerInfo } from '../../contract/entities'
import { formatBits } from '../../contract/kernel-widths'
import { escaped } from './html'

const BAR_WIDTH = 14
const BIT_HEIGHT = 14
const MARGIN = 24

/** Bars of integer widths, one a quantizer of the wanted kind, as an inline SVG; of kernels their mean. `widths` are in the order of `quantizers`. */
export function widthChart(quantizers: readonly QuantizerInfo[], widths: readonly number[], kind: QuantizerInfo['kind']): string {
  const bars = quantizers.flatMap((quantizer, i) => (quantizer.kind === kind ? [{ id: quantizer.id, bits: widths[i] ?? 0, kernels: quantizer.kernels }] : []))
  const top = Math.max(8, ...bars.map(({ bits }) => Math.ceil(bits)))
  const height = top * BIT_HEIGHT
  const width = MARGIN + bars.length * BAR_WIDTH
  const y = (bits: number): number => MARGIN / 2 + height - bits * BIT_HEIGHT
  const lines = Array.from({ length: top / 2 + 1 }, (_, i) => 2 * i)
    .map((bits) => `<line x1="${MARGIN}" x2="${width}" y1="${y(bits)}" y2="${y(bits)}"/><text x="2" y="${y(bits) + 4}">${bits}</text>`)
    .join('')
  const drawn = bars
    .map(({ id, bits, kernels }, i) => {
      const x = MARGIN + i * BAR_WIDTH + 2
      return `<rect x="${x}" y="${y(bits)}" width="${BAR_WIDTH - 4}" height="${bits * BIT_HEIGHT}"><title>${escaped(`${id}: ${formatBits(bits)} bits${kernels === undefined ? '' : `, mean of ${String(kernels)} kernels`}`)}</title></rect>`
    })
    .join('')
  const label = `Bit-widths of ${String(bars.length)} ${kind} quantizers`
  return `<svg viewBox="0 0 ${width} ${height + MARGIN}" role="img" aria-label="${label}">${lines}${drawn}</svg>`
}

import type { HardwareTable } from '../contract/training-config'

/** Widths that a dense table holds: 0 to this. */
const MOST_BITS = 17

export interface CostPerMac {
  /** Rows and columns of `dense`. */
  readonly size: number
  /** Costs at all pairs of whole widths, row-major by the width of the weight. */
  readonly dense: readonly number[]
  /** At whole widths. */
  at(weightBits: number, activationBits: number): number
}

/** Where `bits` lies among ascending widths: the two neighbours and the share of the upper one; beyond the ends, the end. */
function between(widths: readonly number[], bits: number): { low: number; high: number; share: number } {
  const high = widths.findIndex((width) => width >= bits)
  if (high === -1) return { low: widths.length - 1, high: widths.length - 1, share: 0 }
  if (high === 0) return { low: 0, high: 0, share: 0 }
  const [below, above] = [widths[high - 1] ?? 0, widths[high] ?? 0]
  return { low: high - 1, high, share: (bits - below) / (above - below) }
}

/**
 * Cost of a multiply-accumulate at any whole widths: the table's, and between widths that the device has, the straight line through them, so that
 * widths that are still learned have a cost too. Beyond the table's ends its ends count.
 */
export function costPerMac({ weight_bits, activation_bits, cost }: HardwareTable): CostPerMac {
  const at = (weightBits: number, activationBits: number): number => {
    const [w, a] = [between(weight_bits, weightBits), between(activation_bits, activationBits)]
    const entry = (row: number, column: number): number => cost[row]?.[column] ?? 0
    const along = (row: number): number => (1 - a.share) * entry(row, a.low) + a.share * entry(row, a.high)
    return (1 - w.share) * along(w.low) + w.share * along(w.high)
  }
  const size = MOST_BITS + 1
  return { size, at, dense: Array.from({ length: size * size }, (_, i) => at(Math.floor(i / size), i % size)) }
}

import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import type { RangeParameters } from './fractional-quantizer'
import { asymmetricRange, RANGE_EPSILON, symmetricRange } from './integer-quantizer'
import type { QuantizerSpec } from './quantizer-spec'
import { widthStarts } from './width-layout'

/** Rows that each of the two widths has in a grid: the ends of the range, steps per unit and the level of zero; its share; slopes of the range. */
const WIDTH_ROWS = ['low', 'high', 'scale', 'zero', 'weight', 'slope', 'below'] as const

/** What the pointwise work of a quantizer needs of one width; scalar-like, or one entry per channel. */
export type GridWidth = Readonly<Record<(typeof WIDTH_ROWS)[number], Tensor>>

export interface MixedGrid {
  readonly lower: GridWidth
  readonly upper: GridWidth
}

/** Number of rows of a quantizer's grid: [GRID_ROWS, columns], a column for each range, or for each kernel with a width of its own. */
export const GRID_ROWS = 2 * WIDTH_ROWS.length

/** Opens a grid [GRID_ROWS, columns] inside the scope that uses it. */
export function openGrid(s: Scope, grid: Tensor): MixedGrid {
  const rows = op.unpack(s, grid, GRID_ROWS)
  const width = (first: number): GridWidth => {
    const [low, high, scale, zero, weight, slope, below] = rows.slice(first, first + WIDTH_ROWS.length)
    if (!low || !high || !scale || !zero || !weight || !slope || !below) throw new RangeError('rows of a grid')
    return { low, high, scale, zero, weight, slope, below }
  }
  return { lower: width(0), upper: width(WIDTH_ROWS.length) }
}

/**
 * The grids of all quantizers: everything that depends on widths and ranges and not on the values, computed for all of them in one go
 * (spec 4.4, 4.5, 5). `levels` is {@link BitWidths.levels}. Gives one matrix [GRID_ROWS, columns] per quantizer.
 */
export function mixedGrids(s: Scope, specs: readonly QuantizerSpec[], parameters: readonly RangeParameters[], levels: Tensor): Tensor[] {
  const grids = new Map<number, Tensor>()
  const starts = widthStarts(specs)
  for (const members of alike(specs)) {
    const first = specs[members[0] ?? -1]
    if (!first) continue
    const columnsOf = (index: number): number => specs[index]?.kernels ?? specs[index]?.ranges ?? 0
    const count = members.reduce((sum, index) => sum + columnsOf(index), 0)
    const joined = (position: number): Tensor => {
      const parts = members.map((index) => {
        const part = parameters[index]?.at(position)
        // One range for all kernels.
        return part && columnsOf(index) !== specs[index]?.ranges ? op.gather(s, part, s.integers(Array.from({ length: columnsOf(index) }, () => 0))) : part
      })
      return op.concatenate(s, parts.filter((part): part is Tensor => part !== undefined), 0)
    }
    const owners = members.flatMap((index) => Array.from({ length: columnsOf(index) }, (_, kernel) => (starts[index] ?? 0) + (specs[index]?.kernels === undefined ? 0 : kernel)))
    const columns = op.unpack(s, op.gather(s, levels, s.integers(owners)), 6, 1)
    const table = gridRows(s, first, first.mode === 'asymmetric' ? joined(0) : null, joined(-1), columns)
    let start = 0
    for (const index of members) {
      grids.set(index, op.slice(s, table, [0, start], [GRID_ROWS, columnsOf(index)]))
      start += columnsOf(index)
    }
    if (start !== count) throw new RangeError('ranges')
  }
  return specs.map((spec, index) => {
    const grid = grids.get(index)
    if (!grid) throw new RangeError(spec.id)
    return grid
  })
}

/** Indices of quantizers whose parameters are read the same way. */
function alike(specs: readonly QuantizerSpec[]): number[][] {
  const groups = new Map<string, number[]>()
  specs.forEach(({ mode, logarithmic }, index) => {
    const key = `${mode} ${String(logarithmic)}`
    groups.set(key, [...(groups.get(key) ?? []), index])
  })
  return [...groups.values()]
}

function gridRows(s: Scope, { logarithmic }: QuantizerSpec, low: Tensor | null, stored: Tensor, columns: readonly Tensor[]): Tensor {
  const [upperWeight, lowerWeight, lowerLow, lowerHigh, upperLow, upperHigh] = columns
  if (!upperWeight || !lowerWeight || !lowerLow || !lowerHigh || !upperLow || !upperHigh) throw new RangeError('levels')
  const size = logarithmic ? op.exponential(s, stored) : stored
  const epsilon = logarithmic ? 0 : RANGE_EPSILON
  const rows = (weight: Tensor, lowest: Tensor, highest: Tensor): Tensor[] => {
    const grid = { low: lowest, high: highest }
    const range = low === null ? symmetricRange(s, size, grid, epsilon) : asymmetricRange(s, low, size, grid, epsilon)
    const scale = op.divide(s, op.subtract(s, highest, lowest), range.range)
    const zero = op.round(s, op.multiply(s, op.negate(s, range.low), scale))
    const below = op.multiply(s, weight, op.divide(s, lowest, highest))
    return [range.low, op.add(s, range.low, range.range), scale, zero, weight, op.divide(s, weight, range.range), below]
  }
  return op.pack(s, [...rows(lowerWeight, lowerLow, lowerHigh), ...rows(upperWeight, upperLow, upperHigh)])
}

import type { RunConfusion } from '../../../../src/contract/confusion'
import { cellKey, strengthOf, type MatrixCell } from '../../components/charts/matrix-cells'
import type { MatrixPlace } from '../../components/charts/use-matrix-cursor'
import { formatCount, formatPercent } from '../../format/numbers'

/** Cells coloured by their share of the images of the actual class. */
export const confusionCells = ({ counts, actual }: RunConfusion): MatrixCell[] =>
  counts.map(([row, column, count]) => ({
    row,
    column,
    text: formatCount(count),
    tone: row === column ? 'right' : 'wrong',
    strength: strengthOf(count / (actual[row] ?? count)),
  }))

/** What cells say in words; a function of the place. */
export function confusionWords({ counts, actual, classNames }: RunConfusion): (place: MatrixPlace) => string {
  const found = new Map(counts.map(([row, column, count]) => [cellKey(row, column), count]))
  return ({ row, column }) => {
    const [count, all] = [found.get(cellKey(row, column)) ?? 0, actual[row] ?? 0]
    const of = `${formatCount(count)} of ${formatCount(all)} images of ${classNames[row] ?? ''}`
    const share = all === 0 ? '' : ` (${formatPercent((100 * count) / all)})`
    return row === column ? `${of} recognised${share}` : `${of} taken for ${classNames[column] ?? ''}${share}`
  }
}

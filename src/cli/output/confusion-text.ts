import type { RunConfusion } from '../../contract/confusion'
import type { CellChange } from '../../contract/confusion/difference'
import { classMeasures, mistakesOf, rightImages } from '../../contract/confusion/measures'
import { formatCount, formatPercent } from './format'
import { renderTable } from './table'

/** With more classes the matrix is wider than a terminal; the lists say the same. */
const MOST_COLUMNS = 12

const percent = (share: number | null): string => formatPercent(share === null ? null : 100 * share)
const right = 'right' as const

/** How many of all are shown, where not all are. */
const rest = (shown: number, all: number, what: string): string => (shown < all ? `${formatCount(shown)} of ${formatCount(all)} ${what}; --limit shows more.\n` : '')

/** A model's matrix where it is narrow enough, its most frequent mistakes, and its classes with the least recognised first. */
export function confusionText(confusion: RunConfusion, limit: number): string {
  const { classNames, images, kind } = confusion
  const found = rightImages(confusion)
  const name = (label: number): string => classNames[label] ?? String(label)
  const mistakes = mistakesOf(confusion)
  const classes = classMeasures(confusion)
  const few = mistakes.slice(0, limit)
  const worst = classes.slice(0, limit)
  return [
    `${kind}: ${formatCount(found)} of ${formatCount(images)} images right (${percent(images === 0 ? null : found / images)})\n`,
    classNames.length > MOST_COLUMNS ? '' : `\nActual class by row, predicted class by column\n${matrix(confusion)}`,
    mistakes.length === 0
      ? '\nNo mistakes.\n'
      : `\nMost frequent mistakes\n${renderTable(
          [{ title: 'actual' }, { title: 'predicted' }, { title: 'images', align: right }, { title: 'of the class', align: right }],
          few.map(({ actual, predicted, count, share }) => [name(actual), name(predicted), formatCount(count), percent(share)]),
        )}${rest(few.length, mistakes.length + confusion.omitted, 'pairs of classes')}`,
    `\nClasses, the least recognised first\n${renderTable(
      [{ title: 'class' }, { title: 'images', align: right }, { title: 'recall', align: right }, { title: 'precision', align: right }],
      worst.map(({ label, images: all, recall, precision }) => [name(label), formatCount(all), percent(recall), percent(precision)]),
    )}${rest(worst.length, classes.length, 'classes')}`,
  ].join('')
}

function matrix({ classNames, counts }: RunConfusion): string {
  const cells = new Map(counts.map(([actual, predicted, count]) => [`${String(actual)} ${String(predicted)}`, formatCount(count)]))
  return renderTable(
    [{ title: '' }, ...classNames.map((title) => ({ title, align: right }))],
    classNames.map((name, actual) => [name, ...classNames.map((_, predicted) => cells.get(`${String(actual)} ${String(predicted)}`) ?? '.')]),
  )
}

/** Cells that changed from one model to another, those that changed most first. */
export function differenceText(before: RunConfusion, after: RunConfusion, changes: readonly CellChange[], limit: number): string {
  const name = (label: number): string => before.classNames[label] ?? String(label)
  const shown = changes.slice(0, limit)
  const head = `${before.kind}: ${formatCount(rightImages(before))} of ${formatCount(before.images)} images right; ${after.kind}: ${formatCount(rightImages(after))} of ${formatCount(after.images)}\n`
  if (changes.length === 0) return `${head}\nNo cell differs.\n`
  return `${head}\n${renderTable(
    [{ title: 'actual' }, { title: 'predicted' }, { title: 'before', align: right }, { title: 'after', align: right }, { title: 'change', align: right }, { title: '' }],
    shown.map((one) => [name(one.actual), name(one.predicted), formatCount(one.before), formatCount(one.after), `${one.change > 0 ? '+' : ''}${String(one.change)}`, one.better ? 'better' : 'worse']),
  )}${rest(shown.length, changes.length, 'changes')}`
}

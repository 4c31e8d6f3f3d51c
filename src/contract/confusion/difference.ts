import type { RunConfusion } from '../confusion'

/** A cell that two models fill differently. */
export interface CellChange {
  readonly actual: number
  readonly predicted: number
  readonly before: number
  readonly after: number
  /** `after` minus `before`, in images. */
  readonly change: number
  /** More right answers, or fewer of one mistake. */
  readonly better: boolean
}

/**
 * Cells that differ between two models, those that changed most first; classes are places in the class names of `before`, and are matched by name.
 * Null where the two don't tell the same classes apart.
 */
export function confusionDifference(before: RunConfusion, after: RunConfusion): CellChange[] | null {
  const places = placesOf(before.classNames, after.classNames)
  if (places === null) return null
  const classes = before.classNames.length
  const cells = new Map<number, { before: number; after: number }>()
  for (const [actual, predicted, count] of before.counts) cells.set(actual * classes + predicted, { before: count, after: 0 })
  for (const [actual, predicted, count] of after.counts) {
    const at = (places[actual] ?? 0) * classes + (places[predicted] ?? 0)
    cells.set(at, { before: cells.get(at)?.before ?? 0, after: count })
  }
  return [...cells]
    .flatMap(([at, cell]) => {
      const [actual, predicted, change] = [Math.floor(at / classes), at % classes, cell.after - cell.before]
      return change === 0 ? [] : [{ actual, predicted, ...cell, change, better: change > 0 === (actual === predicted) }]
    })
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.actual - b.actual || a.predicted - b.predicted)
}

/** Where each class of `others` stands in `names`; null where they are not the same classes. */
function placesOf(names: readonly string[], others: readonly string[]): readonly number[] | null {
  if (names.length !== others.length) return null
  if (names.every((name, at) => name === others[at])) return names.map((_, at) => at)
  const known = new Map(names.map((name, at) => [name, at]))
  const places = others.flatMap((name) => known.get(name) ?? [])
  // Names that occur twice can't be told apart once the order differs.
  return new Set(places).size === names.length ? places : null
}

import type { ConfusionCount, RunConfusion } from '../../../src/contract/confusion'

/** For tests only: a matrix with these cells. */
export function makeConfusion(kind: RunConfusion['kind'], classNames: readonly string[], counts: readonly ConfusionCount[]): RunConfusion {
  const sum = (place: 0 | 1): number[] => classNames.map((_, label) => counts.reduce((all, cell) => (cell[place] === label ? all + cell[2] : all), 0))
  const images = counts.reduce((all, [, , count]) => all + count, 0)
  return { kind, kinds: ['int8', 'mixed'], classNames: [...classNames], images, actual: sum(0), predicted: sum(1), counts: [...counts], omitted: 0 }
}

import type { RunConfusion } from '../confusion'

/** Images of one class that were taken for another. */
export interface Mistake {
  readonly actual: number
  readonly predicted: number
  readonly count: number
  /** Of all images of the class, 0..1. */
  readonly share: number
}

export interface ClassMeasures {
  readonly label: number
  readonly images: number
  readonly right: number
  /** Share of the class's images that were recognised, 0..1; null where it has none. */
  readonly recall: number | null
  /** Share of the answers "this class" that are right, 0..1; null where nothing was taken for it. */
  readonly precision: number | null
}

/** Wrong cells, the fullest first; of equal ones in the order of classes. */
export const mistakesOf = ({ counts, actual }: RunConfusion): Mistake[] =>
  counts
    .filter(([from, to]) => from !== to)
    .map(([from, to, count]) => ({ actual: from, predicted: to, count, share: count / (actual[from] ?? count) }))
    .sort((a, b) => b.count - a.count)

/** Every class, the least recognised first; classes without images come last. */
export function classMeasures({ counts, classNames, actual, predicted }: RunConfusion): ClassMeasures[] {
  const right = new Map(counts.flatMap(([from, to, count]): [number, number][] => (from === to ? [[from, count]] : [])))
  return classNames
    .map((_, label) => {
      const [images, answers, found] = [actual[label] ?? 0, predicted[label] ?? 0, right.get(label) ?? 0]
      return { label, images, right: found, recall: images === 0 ? null : found / images, precision: answers === 0 ? null : found / answers }
    })
    .sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2))
}

/** Images that were recognised. */
export const rightImages = ({ counts }: RunConfusion): number => counts.reduce((sum, [from, to, count]) => (from === to ? sum + count : sum), 0)

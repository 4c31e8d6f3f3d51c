import { describe, expect, it } from 'vitest'
import type { ConfusionCount, RunConfusion } from '../confusion'
import { confusionDifference } from './difference'
import { classMeasures, mistakesOf, rightImages } from './measures'

function confusion(classNames: string[], counts: ConfusionCount[]): RunConfusion {
  const sum = (place: 0 | 1) => classNames.map((_, label) => counts.reduce((all, cell) => (cell[place] === label ? all + cell[2] : all), 0))
  return { kind: 'mixed', kinds: ['mixed'], classNames, images: counts.reduce((all, [, , count]) => all + count, 0), actual: sum(0), predicted: sum(1), counts, omitted: 0 }
}
const found = confusion(['ant', 'bee', 'wasp', 'fly'], [[0, 0, 6], [0, 1, 1], [0, 2, 1], [1, 1, 2], [1, 2, 2], [3, 0, 3]])

describe('what a matrix says', () => {
  it('are its mistakes, the most frequent first, as shares of their class', () => {
    expect(mistakesOf(found)).toEqual([
      { actual: 3, predicted: 0, count: 3, share: 1 },
      { actual: 1, predicted: 2, count: 2, share: 0.5 },
      { actual: 0, predicted: 1, count: 1, share: 0.125 },
      { actual: 0, predicted: 2, count: 1, share: 0.125 },
    ])
    expect(rightImages(found)).toBe(8)
  })

  it('is how many of each class are recognised, and how often its name is right', () => {
    expect(classMeasures(found)).toEqual([
      { label: 3, images: 3, right: 0, recall: 0, precision: null },
      { label: 1, images: 4, right: 2, recall: 0.5, precision: 2 / 3 },
      { label: 0, images: 8, right: 6, recall: 0.75, precision: 6 / 9 },
      { label: 2, images: 0, right: 0, recall: null, precision: 0 },
    ])
  })
})

describe('the difference of two matrices', () => {
  it('counts by the names of classes, in whichever order they stand', () => {
    const before = confusion(['ant', 'bee'], [[0, 0, 3], [0, 1, 1], [1, 1, 4]])
    const after = confusion(['bee', 'ant'], [[0, 0, 2], [0, 1, 2], [1, 1, 4]])
    expect(confusionDifference(before, after)).toEqual([
      { actual: 1, predicted: 0, before: 0, after: 2, change: 2, better: false },
      { actual: 1, predicted: 1, before: 4, after: 2, change: -2, better: false },
      { actual: 0, predicted: 0, before: 3, after: 4, change: 1, better: true },
      { actual: 0, predicted: 1, before: 1, after: 0, change: -1, better: true },
    ])
    expect(confusionDifference(before, before)).toEqual([])
  })

  it('is none where the classes differ, or can only be matched by names that occur twice', () => {
    const two = confusion(['ant', 'bee'], [[0, 0, 1]])
    expect(confusionDifference(two, confusion(['ant', 'wasp'], [[0, 0, 1]]))).toBeNull()
    expect(confusionDifference(two, confusion(['ant', 'bee', 'wasp'], []))).toBeNull()
    const twice = confusion(['ant', 'ant', 'bee'], [[0, 0, 1]])
    expect(confusionDifference(twice, twice)).toEqual([])
    expect(confusionDifference(twice, confusion(['bee', 'ant', 'ant'], []))).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { pairedTest, pairedTestWords, tQuantile, tTailProbability } from './paired-test'

const bySeed = (...values: number[]): Map<string, number> => new Map(values.map((value, seed) => [String(seed), value]))

describe('paired test', () => {
  it('has the quantiles of printed tables', () => {
    expect(tQuantile(0.05, 4)).toBeCloseTo(2.776, 3)
    expect(tQuantile(0.05, 1)).toBeCloseTo(12.706, 3)
    expect(tQuantile(0.01, 30)).toBeCloseTo(2.75, 3)
    expect(tTailProbability(2.228, 10)).toBeCloseTo(0.05, 3)
    expect(tTailProbability(0, 5)).toBe(1)
  })

  it('compares what shares a seed', () => {
    // differences 1, 2, 3: mean 2, standard error 1 / sqrt 3, t = 3.464, p = 0.0742
    const test = pairedTest(bySeed(91, 92, 93), bySeed(90, 90, 90))
    expect(test).toMatchObject({ pairs: 3, difference: 2 })
    expect(test?.p).toBeCloseTo(0.0742, 4)
    expect(test?.from).toBeCloseTo(2 - 4.3027 / Math.sqrt(3), 3)
    expect(pairedTest(bySeed(1), bySeed(1, 2))).toBeNull()
    expect(pairedTest(bySeed(1, 2), bySeed(1, 2))).toMatchObject({ difference: 0, p: 1 })
  })

  it('says plainly what came out', () => {
    expect(pairedTestWords('A', 'B', pairedTest(bySeed(91, 92, 93), bySeed(90, 90, 90)))).toContain('Over 3 shared seeds, A is 2.00 points better than B')
    expect(pairedTestWords('A', 'B', pairedTest(bySeed(91, 92, 93), bySeed(90, 90, 90)))).toContain('neither counts as better; more seeds would tell')
    expect(pairedTestWords('A', 'B', pairedTest(bySeed(90, 90.1, 90), bySeed(92, 92.2, 92.1)))).toContain('B is 2.07 points better than A')
    expect(pairedTestWords('A', 'B', pairedTest(bySeed(90, 90.1, 90), bySeed(92, 92.2, 92.1)))).toContain('counts as real')
    expect(pairedTestWords('A', 'B', null)).toContain('fewer than two seeds')
  })
})

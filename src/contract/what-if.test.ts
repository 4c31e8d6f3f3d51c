import { describe, expect, it } from 'vitest'
import { whatIf, type WhatIfFacts } from './what-if'

const facts: WhatIfFacts = {
  terms: [
    { macs: 100, weight: 0, input: 2 },
    { macs: 10, weight: 1, input: null },
  ],
  widths: [5, 6, 8],
  sensitivities: [0.2, 0.1, 0],
}

describe('what other widths would come to', () => {
  it('adds up weights x bits, and multiply-accumulates x both widths, a float input counting 32', () => {
    const { sizeBits, sizeRate, bitOperations, bitOperationsRate } = whatIf(facts, [50, 20, 0], [4, 8, 6])
    expect([sizeBits, sizeRate]).toEqual([50 * 4 + 20 * 8, (70 * 8) / 360])
    expect([bitOperations, bitOperationsRate]).toEqual([100 * 4 * 6 + 10 * 8 * 32, (100 * 64 + 10 * 8 * 32) / (2400 + 2560)])
  })

  it('harms nothing where nothing changes, more with each bit that is taken, and is unknown where it was not measured', () => {
    const harm = (widths: number[]): number => whatIf(facts, [50, 20, 0], widths).harm ?? Number.NaN
    expect(harm([5, 6, 8])).toBe(0)
    expect(harm([4, 6, 8])).toBeCloseTo((0.2 * 3) / Math.log(4), 12)
    expect(harm([3, 6, 8])).toBeGreaterThan(4 * harm([4, 6, 8]))
    expect(harm([5, 7, 8])).toBeLessThan(0)
    expect(whatIf({ ...facts, sensitivities: null }, [50, 20, 0], [4, 6, 8]).harm).toBeNull()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choice, solveKnapsack } from './knapsack'

/** All combinations, one index an item. */
const combinations = (items: readonly (readonly Choice[])[]): number[][] =>
  items.reduce<number[][]>((all, choices) => all.flatMap((one) => choices.map((_, index) => [...one, index])), [[]])

const sum = (items: readonly (readonly Choice[])[], picked: readonly number[], of: keyof Choice): number =>
  items.reduce((total, choices, i) => total + (choices[picked[i] ?? 0]?.[of] ?? 0), 0)

const item = (cost: fc.Arbitrary<number>) => fc.array(fc.record({ cost, loss: fc.double({ min: -5, max: 5, noNaN: true }) }), { minLength: 1, maxLength: 4 })

describe('the knapsack', () => {
  it('finds what trying every combination finds, for whole costs', () => {
    fc.assert(
      fc.property(fc.array(item(fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 250 }), (items, limit) => {
        const wanted = limit / 1.005
        const fitting = combinations(items).filter((one) => sum(items, one, 'cost') <= limit)
        const picked = solveKnapsack(items, limit, wanted)
        if (fitting.length === 0) {
          expect(picked).toBeNull()
          return
        }
        const inside = fitting.filter((one) => sum(items, one, 'cost') >= wanted)
        const best = Math.min(...(inside.length > 0 ? inside : fitting).map((one) => sum(items, one, 'loss')))
        expect(sum(items, picked ?? [], 'cost')).toBeLessThanOrEqual(limit)
        expect(sum(items, picked ?? [], 'loss')).toBeCloseTo(best, 9)
      }),
    )
  })

  it('never exceeds the limit, and comes near to the best, where costs have no common step', () => {
    fc.assert(
      fc.property(fc.array(item(fc.double({ min: 0.01, max: 60, noNaN: true })), { minLength: 1, maxLength: 5 }), fc.double({ min: 1, max: 250, noNaN: true }), (items, limit) => {
        const picked = solveKnapsack(items, limit, 0, 5000)
        const fitting = combinations(items).filter((one) => sum(items, one, 'cost') <= limit)
        if (picked === null) {
          expect(fitting).toEqual([])
          return
        }
        expect(sum(items, picked, 'cost')).toBeLessThanOrEqual(limit * (1 + 1e-12))
        // Sums that fall into one cell may hide a better one that is not more than a cell away.
        const safe = fitting.filter((one) => sum(items, one, 'cost') <= limit * 0.999)
        if (safe.length > 0) expect(sum(items, picked, 'loss')).toBeLessThanOrEqual(Math.min(...safe.map((one) => sum(items, one, 'loss'))) + 1e-9)
      }),
    )
  })

  it('settles items that cost nothing by their loss alone', () => {
    expect(solveKnapsack([[{ cost: 0, loss: 2 }, { cost: 0, loss: 1 }]], 0, 0)).toEqual([1])
  })
})

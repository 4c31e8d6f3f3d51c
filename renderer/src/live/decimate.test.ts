import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimate } from './decimate'

const curve = (values: readonly number[]) => ({ steps: Float64Array.from(values.keys()), values: Float64Array.from(values) })

describe('decimate', () => {
  it('leaves a curve that fits alone', () => {
    const points = curve([3, 1, 2])
    expect(decimate(points, 100)).toBe(points)
  })

  it('keeps a single spike among a hundred thousand points', () => {
    const values = new Array<number>(100_000).fill(1)
    values[54_321] = 900
    const thin = decimate(curve(values), 500)
    expect(thin.values.length).toBeLessThanOrEqual(500)
    expect(thin.steps[thin.values.indexOf(900)]).toBe(54_321)
  })

  it('keeps both ends, the extremes and the order, within the limit, for any curve', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 400 }),
        fc.integer({ min: 6, max: 60 }),
        (values, limit) => {
          const thin = decimate(curve(values), limit)
          const steps = [...thin.steps]
          expect(thin.values.length).toBeLessThanOrEqual(Math.max(limit, 2))
          expect(steps).toEqual([...steps].sort((a, b) => a - b))
          expect(steps[0]).toBe(0)
          expect(steps[steps.length - 1]).toBe(values.length - 1)
          expect(Math.max(...thin.values)).toBe(Math.max(...values))
          expect(Math.min(...thin.values)).toBe(Math.min(...values))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('prefers numbers to missing values', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? Number.NaN : 5))
    const thin = decimate(curve(values), 20)
    expect([...thin.values].filter((value) => value === 5).length).toBeGreaterThan(5)
  })
})

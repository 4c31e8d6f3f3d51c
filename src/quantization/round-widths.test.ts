import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundHalfEven } from '../util/round-half-even'
import { roundWidths } from './round-widths'
import { weightSpec as weight } from './testing/weight-spec'

describe('rounding of widths', () => {
  it('rounds half to even', () => {
    expect([4.5, 5.5, 6.5, 7.5, 5.49, 5.51].map(roundHalfEven)).toEqual([4, 6, 6, 8, 5, 6])
  })

  it('is plain rounding when that meets the target', () => {
    expect(roundWidths([5.2, 4.9], [weight('a', 10), weight('b', 10)], 1.5)).toEqual({ widths: [5, 5], lowered: [], rate: 1.6 })
  })

  it('takes a bit from the width that had been rounded up the most', () => {
    const { widths, lowered } = roundWidths([5.6, 5.9, 7.9], [weight('a', 100), weight('b', 100), weight('input', 0)], 1.4)
    expect(lowered).toEqual(['a'])
    expect(widths).toEqual([5, 6, 8])
  })

  it('meets every target that the bounds allow and never leaves them', () => {
    const layer = fc.record({ elements: fc.integer({ min: 1, max: 10_000 }), bits: fc.float({ min: 2, max: 14, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 12 }), fc.double({ min: 1, max: 2, noNaN: true }), (layers, target) => {
        const specs = layers.map(({ elements }, i) => weight(String(i), elements))
        const { widths, rate } = roundWidths(layers.map(({ bits }) => bits), specs, target)
        expect(rate).toBeGreaterThanOrEqual(target)
        expect(widths.every((width) => Number.isInteger(width) && width >= 4 && width <= 12)).toBe(true)
      }),
    )
  })
})

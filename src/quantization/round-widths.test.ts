import { describe, expect, it } from 'vitest'
import { roundHalfEven } from '../util/round-half-even'
import { allowedWidths, integerWidth } from './round-widths'

describe('integer widths', () => {
  it('round half to even, inside the bounds', () => {
    expect([4.5, 5.5, 6.5, 7.5, 5.49, 5.51].map(roundHalfEven)).toEqual([4, 6, 6, 8, 5, 6])
    expect([1, 20].map((width) => integerWidth({ minBits: 4, maxBits: 12 }, width))).toEqual([4, 12])
  })

  it('are those that the device has, the narrower of two that are as near', () => {
    const device = { minBits: 4, maxBits: 8, allowedBits: [4, 8] }
    expect([3, 5.4, 6, 6.6, 9].map((width) => integerWidth(device, width))).toEqual([4, 4, 4, 8, 8])
    expect(allowedWidths({ ...device, minBits: 5 })).toEqual([8])
  })
})

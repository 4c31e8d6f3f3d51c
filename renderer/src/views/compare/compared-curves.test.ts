import { describe, expect, it } from 'vitest'
import { groupCurves, resample } from './compared-curves'

describe('curves of groups', () => {
  it('show a run as it is, and several as mean in a band of a standard deviation', () => {
    const curves = new Map([
      ['a', { steps: [1, 2], values: [10, 20] }],
      ['b', { steps: [1, 2], values: [12, 24] }],
      ['c', { steps: [5], values: [1] }],
    ])
    const [high, low, mean, alone] = groupCurves(
      [
        { name: 'pair', color: '--x', runIds: ['a', 'b', 'missing'] },
        { name: 'alone', color: '--y', runIds: ['c'] },
      ],
      curves,
    )
    expect([...(mean?.points.values ?? [])]).toEqual([11, 22])
    expect([...(high?.points.values ?? [])][0]).toBeCloseTo(11 + Math.SQRT2, 9)
    expect([...(low?.points.values ?? [])][1]).toBeCloseTo(22 - Math.sqrt(8), 9)
    expect([high?.edgeOf, alone?.label, alone?.last]).toEqual(['pair', 'alone', 1])
  })

  it('come to common steps by straight lines, without going beyond their ends', () => {
    expect(resample({ steps: [2, 4], values: [0, 10] }, [1, 2, 3, 4, 5])).toEqual([null, 0, 5, 10, null])
  })
})

import { describe, expect, it } from 'vitest'
import { nextZoom } from './zoom'

describe('zoom', () => {
  it('steps from 50 to 200 percent and no further', () => {
    let factor = 1
    for (let step = 0; step < 20; step++) factor = nextZoom(factor, 'in')
    expect(factor).toBe(2)
    for (let step = 0; step < 20; step++) factor = nextZoom(factor, 'out')
    expect(factor).toBe(0.5)
    expect(nextZoom(factor, 'reset')).toBe(1)
    expect(nextZoom(1.02, 'in')).toBe(1.1)
  })
})

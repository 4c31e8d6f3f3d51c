import { describe, expect, it } from 'vitest'
import { epochX, mapPoints, timeX } from './x-axis'

describe('x axis', () => {
  it('goes from steps to times and back, with straight lines between what was recorded', () => {
    const map = timeX({ steps: Float64Array.of(10, 20, 40), values: Float64Array.of(5, 15, 25) })
    expect([5, 10, 15, 30, 50].map(map.toX)).toEqual([2.5, 5, 10, 20, 25])
    expect([5, 10, 20].map(map.toStep)).toEqual([10, 15, 30])
  })
  it('counts epochs', () => {
    const points = { steps: Float64Array.of(50, 100), values: Float64Array.of(1, 2) }
    expect([...mapPoints(points, epochX(100)).steps]).toEqual([0.5, 1])
  })
})

import { describe, expect, it } from 'vitest'
import { GradientMeans } from './gradient-means'

describe('gradients of steps that follow one another', () => {
  it('are told as means with their first and last step, and begin anew', () => {
    const means = new GradientMeans()
    expect(means.take()).toBeNull()
    means.add(4, { task: Float32Array.of(1, -2), size: Float32Array.of(0.5, 0) })
    means.add(5, { task: Float32Array.of(3, -4), size: Float32Array.of(0.5, 1) })
    expect(means.take()).toEqual({ from: 4, to: 5, task: [2, -3], size: [0.5, 0.5] })
    expect(means.take()).toBeNull()
    means.add(6, { task: Float32Array.of(8, 0), size: Float32Array.of(0, 0) })
    expect(means.take()).toEqual({ from: 6, to: 6, task: [8, 0], size: [0, 0] })
  })
})

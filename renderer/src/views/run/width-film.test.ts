import { describe, expect, it } from 'vitest'
import { makeQuantizer } from '../../test-support/scripted-engine'
import { lastAt, momentAt } from './width-film'

describe('a moment of a run', () => {
  const points = (steps: number[], values: number[]) => ({ steps: Float64Array.from(steps), values: Float64Array.from(values) })

  it('has the widths, the size and the accuracies that were newest then', () => {
    const history = { steps: [10, 20, 30], widths: [[8], [6.4], [4]] }
    const quantizers = [makeQuantizer('conv1', 'weight', 100)]
    const at = (step: number) => momentAt(step, history, quantizers, points([20, 40], [80, 90]), points([20], [81]))
    expect(at(25)).toMatchObject({ widths: [6.4], integerTop1: 80, fractionalTop1: 81, size: { bits: 640, rate: 1.25, roundedRate: 800 / 600 } })
    expect(at(15)).toMatchObject({ widths: [8], integerTop1: null })
    expect(at(99)).toMatchObject({ widths: [4], integerTop1: 90 })
    expect(momentAt(5, { steps: [], widths: [] }, quantizers, points([], []), points([], []))).toBeNull()
  })

  it('is found by its newest step', () => expect([lastAt([1, 3, 5], 0), lastAt([1, 3, 5], 3), lastAt([1, 3, 5], 9)]).toEqual([-1, 1, 2]))
})

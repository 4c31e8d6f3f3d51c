import { describe, expect, it } from 'vitest'
import { makeQuantizer } from '../../test-support/scripted-engine'
import { lastAt, momentAt } from './width-film'
import { widthRows } from './width-rows'

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

  it('of kernels with widths of their own has their mean and extremes, and no rounded size, which the mean does not tell', () => {
    const quantizers = [makeQuantizer('conv1', 'weight', 100), { ...makeQuantizer('conv2', 'weight', 100), kernels: 8 }, { ...makeQuantizer('fc', 'weight', 50), kernels: 10 }]
    // Means of three quantizers, then least and greatest of the two kernel-wise ones.
    const row = [8, 5.5, 4.25, 3, 7.5, 4.1, 5]
    const at = momentAt(10, { steps: [10], widths: [row] }, quantizers, points([], []), points([], []))
    expect(at?.size).toMatchObject({ bits: 800 + 550 + 212.5, roundedRate: null })
    // Frozen kernels are whole, and so is their size, though the history tells a mean to a thousandth.
    const frozen = momentAt(10, { steps: [10], widths: [[8, 5.375, 3.333, 3, 7, 2, 4]] }, [...quantizers.slice(0, 2), { ...makeQuantizer('fc', 'weight', 300), kernels: 3 }], points([], []), points([], []))
    expect(frozen?.size).toMatchObject({ bits: 800 + 537.5 + 1000, rate: frozen?.size.roundedRate })
    expect(widthRows(quantizers, 'weight', row).map(({ bits, rounded, kernels }) => [bits, rounded, kernels?.words])).toEqual([
      [8, 8, undefined],
      [5.5, null, 'mean of 8 kernels, 3 to 7.50 bits'],
      [4.25, null, 'mean of 10 kernels, 4.10 to 5 bits'],
    ])
  })
})

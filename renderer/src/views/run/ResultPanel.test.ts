import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import type { RunResult } from '../../../../src/contract/entities'
import ResultPanel from './ResultPanel.vue'

const quantizer = { id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', mode: 'symmetric', perChannel: true, elements: 10, minBits: 4, maxBits: 12 } as const
const result: RunResult = {
  rows: [{ kind: 'mixed', top1: 91, top5: 99, loss: 0.2, images: 100, sizeBits: 50, rate: 1.2, note: 'x' }],
  targetRate: 2,
  widths: [5],
  budget: { kind: 'bitops', method: 'exact', targetRate: 2, rate: 2.004, cost: 998, limit: 1000, unit: 'bit operations', flips: [{ quantizer: 0, from: 6, to: 5 }] },
}

describe('the result of a run', () => {
  it('is judged by what the budget counts, and shows which widths flipped', () => {
    const page = mount(ResultPanel, { props: { result, quantizers: [quantizer], answers: null } })
    expect(page.get('[data-testid=achieved-rate]').attributes('data-value')).toBe('2.004')
    expect(page.text()).toContain('target reached')
    expect(page.get('[data-testid=budget]').text()).toContain('998 of 1,000 bit operations')
    expect(page.get('[data-testid=flip]').text()).toContain('conv1|WEIGHT 6 → 5 bits')
  })

  it('counts kernels that flipped beside the other widths', () => {
    const quantizers = [{ ...quantizer, kernels: 64 }, { ...quantizer, id: 'relu|OUTPUT', kind: 'activation' as const }]
    const budget = result.budget && { ...result.budget, flips: [], kernelFlips: 12 }
    const page = mount(ResultPanel, { props: { result: { ...result, widths: [5.25, 8], ...(budget === undefined ? {} : { budget }) }, quantizers, answers: null } })
    expect(page.get('[data-testid=budget]').text()).toContain('12 of 64 kernels and 0 of 1 other widths otherwise than by plain rounding')
  })
})

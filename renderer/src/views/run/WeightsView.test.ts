import { describe, expect, it, vi } from 'vitest'
import type { WeightHistogram } from '../../../../src/contract/weight-histogram'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import { barsOf } from './weight-bars'
import WeightsView from './WeightsView.vue'

const histogram: WeightHistogram = {
  ...{ quantizer: 'fc|WEIGHT', layer: 'fc', bits: 2, lowest: -2, highest: 1, clamped: 1, channels: 3 },
  latent: { from: -3, width: 0.5, counts: [0, 1, 0, 0, 2, 0, 0, 1, 0, 0], below: 0, above: 1 },
  quantized: { width: 1, counts: [1, 0, 2, 2] },
  step: { smallest: 0.01, largest: 0.5 },
}

describe('weights on their grid', () => {
  it('have one scale for bins and codes: weights a code', () => {
    const bars = barsOf(histogram)
    expect([bars.from, bars.to, bars.highest]).toEqual([-3, 2, 4])
    expect(bars.latent[4]).toEqual({ from: -1, to: -0.5, density: 4 })
    expect(bars.quantized.map(({ code, density }) => [code, density])).toEqual([[-2, 1], [-1, 0], [0, 2], [1, 2]])
    expect(bars.grid).toEqual([-2, -1, 0, 1])
    expect(barsOf({ ...histogram, lowest: -128, highest: 127 }).grid).toEqual([])
  })

  it('are shown layer by layer, with how many are clamped, as a chart or a table', async () => {
    const engine = new ScriptedEngine()
    engine.weights = [histogram, { ...histogram, quantizer: 'conv1|WEIGHT', layer: 'conv1', clamped: 0 }]
    const { wrapper } = mountWithEngine(WeightsView, engine, { detail: makeRun({ status: 'finished' }) })
    await vi.waitFor(() => expect(wrapper.find('[data-testid=weights-chart]').exists()).toBe(true))
    expect(wrapper.get('[data-testid=weights-clamped]').text()).toBe('20.00 % clamped to an end')
    expect(wrapper.text()).toContain('a step is 0.0100 to 0.5000, by channel')
    await wrapper.get('[role=listbox]').trigger('keydown', { key: 'ArrowDown' })
    expect(wrapper.get('[data-testid=weights-clamped]').attributes('data-value')).toBe('0')
    await wrapper.get('[aria-label="Show the weights as table"]').trigger('click')
    expect(wrapper.findAll('tbody tr').map((row) => row.findAll('td').map((cell) => cell.text()))).toEqual([
      ['-2', '1', '20.00 %'],
      ['-1', '0', '0.00 %'],
      ['0', '2', '40.00 %'],
      ['1', '2', '40.00 %'],
    ])
  })

  it('say of kernels with widths of their own what the width is the mean of, and whose grid is drawn', async () => {
    const engine = new ScriptedEngine()
    engine.weights = [{ ...histogram, bits: 4, kernels: { mean: 2.6667, least: 2 } }]
    const { wrapper } = mountWithEngine(WeightsView, engine, { detail: makeRun({ status: 'finished' }) })
    await vi.waitFor(() => expect(wrapper.find('[data-testid=weights-chart]').exists()).toBe(true))
    expect(wrapper.get('[data-testid=weights-bits]').text()).toBe('2.67 bits: mean of 3 kernels, 2 to 4 bits, on the grid of the widest')
    expect(wrapper.get('[data-testid=weights-layer]').text()).toContain('2.67')
  })
})

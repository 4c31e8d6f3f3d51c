import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import WhatIfView from './WhatIfView.vue'

const quantizer = { mode: 'symmetric', perChannel: true, minBits: 2, maxBits: 8 } as const

function view() {
  const engine = new ScriptedEngine()
  engine.whatIf = { terms: [{ macs: 10, weight: 0, input: 1 }], widths: [5, 8], sensitivities: [0.3, 0] }
  const detail = makeRun({
    status: 'finished',
    quantizers: [
      { ...quantizer, id: 'fc|WEIGHT', layer: 'fc', kind: 'weight', elements: 100 },
      { ...quantizer, id: 'relu|OUTPUT', layer: 'relu', kind: 'activation', elements: 0 },
    ],
  })
  return { engine, detail, ...mountWithEngine(WhatIfView, engine, { detail }) }
}

describe('changing widths by hand', () => {
  it('shows size, work and estimated loss at once, and refuses what a quantizer cannot have', async () => {
    const { wrapper } = view()
    await vi.waitFor(() => expect(wrapper.get('[data-testid=what-if-size]').attributes('data-value')).toBe('500'))
    const [bits] = wrapper.findAll('[data-testid=what-if-bits]')
    await bits?.setValue(4)
    expect(wrapper.get('[data-testid=what-if-size]').text()).toContain('400 bits')
    expect(wrapper.text()).toContain('320')
    expect(wrapper.get('[data-testid=what-if-harm]').text()).toBe(`+${((0.3 * 3) / Math.log(4)).toPrecision(2)}`)
    await bits?.setValue(9)
    expect(wrapper.find('[data-testid=what-if-size]').exists()).toBe(false)
    expect(wrapper.get('[data-testid=what-if-evaluate]').attributes('disabled')).toBeDefined()
  })

  it('says for a run with a width for each kernel that widths are changed by layer, and asks nothing', () => {
    const { engine, detail } = view()
    const kernelWise = { ...detail, quantizers: detail.quantizers.map((one) => (one.kind === 'weight' ? { ...one, kernels: 4 } : one)) }
    const { wrapper } = mountWithEngine(WhatIfView, engine, { detail: kernelWise })
    expect(wrapper.text()).toContain('learned a width for each kernel')
    expect(wrapper.find('[data-testid=what-if-evaluate]').exists()).toBe(false)
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
  })

  it('evaluates the widths that are chosen, and forgets the accuracy when they change', async () => {
    const { wrapper, engine, detail } = view()
    await vi.waitFor(() => expect(wrapper.find('[data-testid=what-if-size]').exists()).toBe(true))
    const [bits] = wrapper.findAll('[data-testid=what-if-bits]')
    await bits?.setValue(4)
    await wrapper.get('[data-testid=what-if-evaluate]').trigger('click')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=what-if-top1]').text()).toContain('90.5'))
    expect(engine.commands).toContainEqual({ name: 'whatIf.evaluate', input: { runId: detail.id, widths: [4, 8] } })
    await bits?.setValue(6)
    expect(wrapper.get('[data-testid=what-if-top1]').text()).toBe('not evaluated')
  })
})

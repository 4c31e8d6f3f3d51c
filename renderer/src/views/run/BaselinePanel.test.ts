import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import BaselinePanel from './BaselinePanel.vue'

const row = { kind: 'uniform', top1: 91.2, top5: 99, loss: 0.2, images: 10_000, sizeBits: 500, rate: 1.6, note: 'trained at 5 bits' } as const

describe('the baselines of a run', () => {
  it('are asked for with one button, which trains those that are missing', async () => {
    const engine = new ScriptedEngine()
    engine.baselines = { baselines: [], missing: ['int8', 'uniform'], verdict: null }
    const detail = makeRun({ status: 'finished' })
    const { wrapper } = mountWithEngine(BaselinePanel, engine, { detail })
    await vi.waitFor(() => expect(wrapper.text()).toContain("can't be said without INT8 and Uniform"))
    await wrapper.get('[data-testid=add-baselines]').trigger('click')
    await vi.waitFor(() => expect(engine.commands).toContainEqual({ name: 'runs.addBaselines', input: { runId: detail.id, roles: ['int8', 'uniform'] } }))
  })

  it('are shown with the verdict', async () => {
    const engine = new ScriptedEngine()
    const uniform = { role: 'uniform', runId: 'bbbbbbbbbbbb', status: 'finished', weightBits: 5, activationBits: 8, rows: [row] } as const
    engine.baselines = { baselines: [{ ...uniform, rows: [row] }], missing: [], verdict: { pays: false, sentence: 'Mixed precision does not pay here.' } }
    const { wrapper } = mountWithEngine(BaselinePanel, engine, { detail: makeRun({ status: 'finished' }) })
    await vi.waitFor(() => expect(wrapper.get('[data-testid=verdict]').text()).toBe('Mixed precision does not pay here.'))
    expect(wrapper.get('[data-testid=baseline-row]').text()).toContain('Uniform, 5 bits')
    expect(wrapper.find('[data-testid=add-baselines]').exists()).toBe(false)
  })
})

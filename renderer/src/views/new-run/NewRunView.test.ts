import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import NewRunView from './NewRunView.vue'
import { offsetOf } from './text-position'

function engineWithPresets(): ScriptedEngine {
  const engine = new ScriptedEngine()
  engine.presets = [{ name: 'small', title: 'Small', description: 'A small one.', text: '{\n  "epochs": 3\n}' }]
  engine.validate = (text) =>
    text.includes('"many"')
      ? [
          { path: 'compression', message: 'is missing' },
          { path: 'epochs', message: 'must be a number', found: '"many"', allowed: 'a whole number, 1 or more', line: 2, column: 13 },
        ]
      : []
  return engine
}

describe('new run', () => {
  it('begins with the first preset and lets a valid configuration start', async () => {
    const engine = engineWithPresets()
    engine.addRun(makeRun({ id: 'created00001' }))
    const { wrapper, router } = mountWithEngine(NewRunView, engine)
    const start = wrapper.get('[data-testid=start-run]')
    await vi.waitFor(() => expect(start.attributes('disabled')).toBeUndefined())
    await wrapper.get('[data-testid=run-name]').setValue('Mine')
    await wrapper.get('[data-testid=data-folder]').setValue('/data/mine')
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/runs/created00001'))
    expect(engine.commands[0]?.input).toMatchObject({ configText: '{\n  "epochs": 3\n}', dataDir: '/data/mine', name: 'Mine', workers: 1 })
  })

  it('lists every problem at its line with key, found and allowed, and does not start', async () => {
    const { wrapper } = mountWithEngine(NewRunView, engineWithPresets())
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ready to start'))
    await wrapper.get('[data-testid=config-text]').setValue('{\n  "epochs": "many"\n}')
    await vi.waitFor(() => expect(wrapper.findAll('[data-testid=config-issue]').length).toBe(2))
    const [first, second] = wrapper.findAll('[data-testid=config-issue]')
    expect(first?.text()).toMatch(/Line 2.*epochs.*must be a number.*Found "many".*Allowed: a whole number, 1 or more/s)
    expect(second?.text()).toContain('is missing')
    expect(wrapper.get('.line.bad').text()).toBe('2')
    expect(wrapper.get('[data-testid=start-run]').attributes('disabled')).toBeDefined()
  })

  it('shows beside a preset what was published and what this workspace reached', async () => {
    const engine = engineWithPresets()
    const shared = { preset: 'small', title: 'Small', model: 'resnet50', dataset: 'imagenet', algorithm: 'fracbits_quantization' } as const
    const own = { runId: 'created00001', name: 'Mine', top1: 75.5, drop: 0.4, rate: 1.504, images: 50_000, fractional: false }
    engine.published = [{ ...shared, published: { top1: 76.12, drop: 0.04, rate: 1.54, fp32: 76.16 }, own }]
    const { wrapper } = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(wrapper.get('[data-testid=published-result]').text()).toBe('Published 76.12 % at 1.54×Yours 75.50 % at 1.50×'))
  })

  it('says why a run could not be created and keeps the text', async () => {
    const { wrapper } = mountWithEngine(NewRunView, engineWithPresets())
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ready to start'))
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=start-error]').text()).toContain('Choose the folder that holds the data set.'))
    expect(wrapper.get<HTMLTextAreaElement>('[data-testid=config-text]').element.value).toContain('"epochs": 3')
  })
})

describe('offsetOf', () => {
  it('finds lines and columns, and stays inside the text', () => {
    const text = 'ab\ncde\n'
    expect([offsetOf(text, 1, 1), offsetOf(text, 2, 2), offsetOf(text, 2, 99), offsetOf(text, 9, 1)]).toEqual([0, 4, 6, 7])
  })
})

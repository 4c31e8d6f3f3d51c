import { EditorView } from '@codemirror/view'
import type { VueWrapper } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeDataset, makeRun, makeRuntime, ScriptedEngine } from '../../test-support/scripted-engine'
import NewRunView from './NewRunView.vue'

const GOOD = `{
  "model": "resnet20", "num_classes": 10, "dataset": "fashion_mnist",
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "epochs": 3
}`

function engineWithPreset(): ScriptedEngine {
  const engine = new ScriptedEngine()
  engine.configurations.add('preset:small', GOOD, 'Small')
  return engine
}

/** The editor itself: what a person types into. */
function editorOf(wrapper: VueWrapper): EditorView {
  const view = EditorView.findFromDOM(wrapper.get<HTMLElement>('.cm-editor').element)
  if (view === null) throw new Error('no editor')
  return view
}
const typeText = (wrapper: VueWrapper, text: string): void => {
  const view = editorOf(wrapper)
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
}

describe('new run', () => {
  it('begins with the first shipped configuration and lets it start', async () => {
    const engine = engineWithPreset()
    engine.addRun(makeRun({ id: 'created00001' }))
    const { wrapper, router } = mountWithEngine(NewRunView, engine)
    const start = wrapper.get('[data-testid=start-run]')
    await vi.waitFor(() => expect(start.attributes('disabled')).toBeUndefined())
    await wrapper.get('[data-testid=run-name]').setValue('Mine')
    await wrapper.get('[data-testid=data-folder]').setValue('/data/mine')
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/runs/created00001'))
    expect(engine.commands[0]?.input).toMatchObject({ configText: GOOD, dataDir: '/data/mine', name: 'Mine', workers: 1, configId: 'preset:small' })
    wrapper.unmount()
  })

  it('begins with what a data set wants, from its page', async () => {
    const engine = engineWithPreset()
    engine.configurations.add('preset:photos', GOOD, 'Photos')
    engine.datasets.push(makeDataset({ id: 'insects00001', name: 'Insects', folder: '/data/insects', layout: 'class-folders', classes: 4, images: 400 }))
    const { wrapper, router } = mountWithEngine(NewRunView, engine)
    await router.push('/new?dataset=insects00001')
    await vi.waitFor(() => expect(wrapper.get<HTMLInputElement>('[data-testid=data-folder]').element.value).toBe('/data/insects'))
    await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({}))
    const text = editorOf(wrapper).state.doc.toString()
    expect([text, text, text].map((all, i) => all.includes(['"num_classes": 4', '"dataset": "folder"', '"name": "Insects"'][i] ?? '?'))).toEqual([true, true, true])
    wrapper.unmount()
  })

  it('offers installed runtimes, and writes the chosen one into the configuration', async () => {
    const engine = engineWithPreset()
    engine.runtimes = [makeRuntime(), makeRuntime({ name: 'gpu-2.21.0', title: 'For GPUs', kind: 'gpu', status: 'installed' })]
    const { wrapper } = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(wrapper.find('[data-testid=runtime-choice] select').exists()).toBe(true))
    const select = wrapper.get<HTMLSelectElement>('[data-testid=runtime-choice] select')
    await select.setValue('gpu-2.21.0')
    await vi.waitFor(() => expect(editorOf(wrapper).state.doc.toString()).toContain('"runtime": "gpu-2.21.0"'))
    await select.setValue('built-in')
    await vi.waitFor(() => expect(editorOf(wrapper).state.doc.toString()).not.toContain('runtime'))
    typeText(wrapper, GOOD.replace('"epochs": 3', '"epochs": 3, "runtime": "gpu-9"'))
    await vi.waitFor(() => expect(wrapper.get('[data-testid=runtime-choice]').text()).toContain('It is not installed'))
    wrapper.unmount()
  })

  it('divides the epochs 80/20 where widths are learned', async () => {
    const { wrapper } = mountWithEngine(NewRunView, engineWithPreset())
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ready to start'))
    expect(wrapper.find('[data-testid=width-schedule]').exists()).toBe(false)
    typeText(wrapper, GOOD.replace('"epochs": 3', '"epochs": 5, "compression": { "algorithm": "fracbits_quantization" }'))
    await vi.waitFor(() => expect(wrapper.get('[data-testid=width-schedule]').text()).toContain('learned in all 5 epochs'))
    await wrapper.get('[data-testid=width-schedule] select').setValue('80/20')
    expect(editorOf(wrapper).state.doc.toString()).toContain('"freeze_epoch": 4')
    expect(wrapper.get('[data-testid=width-schedule]').text()).toContain('4 epochs (0 to 3), then frozen: 1 epoch in integers (epoch 4)')
    wrapper.unmount()
  })

  it('offers Slurm only where jobs can be submitted, says what the job asks for, and sends the run there', async () => {
    const engine = engineWithPreset()
    engine.addRun(makeRun({ id: 'created00001' }))
    const alone = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(alone.wrapper.find('[data-testid=data-folder]').exists()).toBe(true))
    expect(alone.wrapper.find('[data-testid=run-place-slurm]').exists()).toBe(false)
    alone.wrapper.unmount()

    const partition = { name: 'gpu', isDefault: true, up: true, timeLimit: 'infinite', nodes: 4, cpusPerNode: '64', memoryMbPerNode: '512000', gres: 'gpu:4' }
    engine.slurm = { available: true, version: '24.05.1', partitions: [partition], sentence: 'Slurm 24.05.1, partition gpu (default)' }
    const { wrapper } = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(wrapper.find('[data-testid=run-place-slurm]').exists()).toBe(true))
    expect(wrapper.find('[data-testid=slurm-wishes]').exists()).toBe(false)
    await wrapper.get('[data-testid=run-place-slurm]').trigger('click')
    typeText(wrapper, GOOD.replace('{', '{ "slurm": { "gpus": 2, "memory_gb": 64, "options": ["--qos=long"] },'))
    await vi.waitFor(() => expect(wrapper.get('[data-testid=slurm-wishes]').text()).toContain('One job: partition gpu, 64 GB, 2 GPUs, --qos=long.'))
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(engine.commands.at(-1)?.input).toMatchObject({ on: 'slurm' }))
    wrapper.unmount()
  })

  it('says how many images of the folder are left out because they are excluded', async () => {
    const engine = engineWithPreset()
    engine.datasets.push(makeDataset({ folder: '/data/insects', excluded: 3 }))
    const { wrapper } = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(wrapper.find('[data-testid=data-folder]').exists()).toBe(true))
    expect(wrapper.find('[data-testid=excluded-hint]').exists()).toBe(false)
    await wrapper.get('[data-testid=data-folder]').setValue('/data/insects')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=excluded-hint]').text()).toBe('3 excluded images are left out.'))
    wrapper.unmount()
  })

  it('lists every problem at its line with key, found and allowed, and does not start', async () => {
    const { wrapper } = mountWithEngine(NewRunView, engineWithPreset())
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ready to start'))
    typeText(wrapper, GOOD.replace('"epochs": 3', '"epochs": "many"'))
    await vi.waitFor(() => expect(wrapper.findAll('[data-testid=config-issue]')).toHaveLength(1))
    expect(wrapper.get('[data-testid=config-issue]').text()).toMatch(
      /Line 4.*epochs.*This must be a whole number.*Found "many".*Allowed: a whole number, at least 1/s,
    )
    expect(wrapper.get('[data-testid=start-run]').attributes('disabled')).toBeDefined()
    wrapper.unmount()
  })

  it('shows beside a preset what was published and what this workspace reached', async () => {
    const engine = engineWithPreset()
    const shared = { preset: 'small', title: 'Small', model: 'resnet50', dataset: 'imagenet', algorithm: 'fracbits_quantization' } as const
    const own = { runId: 'created00001', name: 'Mine', top1: 75.5, drop: 0.4, rate: 1.504, images: 50_000, fractional: false }
    engine.published = [{ ...shared, published: { top1: 76.12, drop: 0.04, rate: 1.54, fp32: 76.16 }, own }]
    const { wrapper } = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(wrapper.get('[data-testid=published-result]').text()).toBe('Published 76.12 % at 1.54×Yours 75.50 % at 1.50×'))
    wrapper.unmount()
  })

  it('says why a run could not be created and keeps the text', async () => {
    const { wrapper } = mountWithEngine(NewRunView, engineWithPreset())
    await vi.waitFor(() => expect(wrapper.text()).toContain('Ready to start'))
    await wrapper.get('form').trigger('submit')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=start-error]').text()).toContain('Choose the folder that holds the data set.'))
    expect(editorOf(wrapper).state.doc.toString()).toBe(GOOD)
    wrapper.unmount()
  })

  it('has everything that was filled in again after it was left', async () => {
    const engine = engineWithPreset()
    const first = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(first.wrapper.text()).toContain('Ready to start'))
    typeText(first.wrapper, '{ "half": ')
    await first.wrapper.get('[data-testid=run-name]').setValue('Half done')
    first.wrapper.unmount()
    await vi.waitFor(() => expect(engine.configurations.drafts.get('new-run')).toContain('Half done'))
    const second = mountWithEngine(NewRunView, engine)
    await vi.waitFor(() => expect(editorOf(second.wrapper).state.doc.toString()).toBe('{ "half": '))
    expect(second.wrapper.get<HTMLInputElement>('[data-testid=run-name]').element.value).toBe('Half done')
    second.wrapper.unmount()
  })
})

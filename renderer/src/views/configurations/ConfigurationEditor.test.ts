import { EditorView } from '@codemirror/view'
import type { VueWrapper } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { ScriptedEngine } from '../../test-support/scripted-engine'
import ConfigurationEditor from './ConfigurationEditor.vue'

/** Many fields in a simulated page take their time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 })
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000 })

const ID = 'own:abcdefghij'
const TEXT = `{
  // the network
  "model": "resnet20", "num_classes": 10, "dataset": "fashion_mnist",
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "batch_size": 128, // fits
  "epochs": 3, "weights": "w.pth",
  "optimizer": { "type": "SGD", "base_lr": 0.02 }
}`

async function open(id = ID, text = TEXT) {
  const engine = new ScriptedEngine()
  engine.configurations.add(id, text, 'Mine')
  const mounted = mountWithEngine(ConfigurationEditor, engine, { configId: id })
  await soon(() => expect(mounted.wrapper.find('.cm-editor').exists()).toBe(true))
  return { engine, ...mounted }
}
function viewOf(wrapper: VueWrapper): EditorView {
  const view = EditorView.findFromDOM(wrapper.get<HTMLElement>('.cm-editor').element)
  if (view === null) throw new Error('no editor')
  return view
}
const textOf = (wrapper: VueWrapper): string => viewOf(wrapper).state.doc.toString()
const replace = (wrapper: VueWrapper, from: string, to: string): void => {
  const at = textOf(wrapper).indexOf(from)
  viewOf(wrapper).dispatch({ changes: { from: at, to: at + from.length, insert: to } })
}
const input = (wrapper: VueWrapper, path: string) => wrapper.get<HTMLInputElement>(`[data-testid="field-${path}"] input`)

describe('configuration editor', () => {
  it('writes what the form says into the text, and leaves comments and order', async () => {
    const { wrapper } = await open()
    await input(wrapper, 'epochs').setValue('12')
    await soon(() => expect(textOf(wrapper)).toBe(TEXT.replace('"epochs": 3', '"epochs": 12')))
    await input(wrapper, 'batch_size').setValue('')
    expect(textOf(wrapper)).not.toContain('batch_size')
    expect(textOf(wrapper)).toContain('// the network')
    wrapper.unmount()
  })

  it('offers to divide the epochs 80/20, with the epochs that come of it, and follows when they change', async () => {
    const learning = TEXT.replace('"epochs": 3', '"epochs": 10').replace('0.02 }', '0.02 },\n  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 2 }')
    const { wrapper } = await open(ID, learning)
    const schedule = () => wrapper.get('[data-testid=width-schedule]')
    await soon(() => expect(schedule().text()).toContain('Widths are learned for 2 epochs (0 to 1), then frozen: 8 epochs in integers (2 to 9).'))
    expect(schedule().findAll('option').map((option) => option.text())).toEqual(['As written', '80/20: freeze at epoch 8 of 10'])
    await schedule().get('select').setValue('80/20')
    await soon(() => expect(textOf(wrapper)).toBe(learning.replace('"freeze_epoch": 2', '"freeze_epoch": 8')))
    expect(schedule().text()).toContain('8 epochs (0 to 7), then frozen: 2 epochs in integers (8 to 9)')
    replace(wrapper, '"epochs": 10', '"epochs": 20')
    await soon(() => expect(schedule().findAll('option').map((option) => option.text())).toEqual(['As written', '80/20: freeze at epoch 16 of 20']))
    replace(wrapper, '"fracbits_quantization"', '"quantization"')
    await soon(() => expect(wrapper.find('[data-testid=width-schedule]').exists()).toBe(false))
    wrapper.unmount()
  })

  it('shows in the form what the text says, while it is typed', async () => {
    const { wrapper } = await open()
    replace(wrapper, '"epochs": 3', '"epochs": 44')
    await soon(() => expect(input(wrapper, 'epochs').element.value).toBe('44'))
    expect(wrapper.get('[data-testid=save-state]').text()).toBe('Edited')
    wrapper.unmount()
  })

  it('keeps the form while the text is broken, says where, and goes on afterwards', async () => {
    const { wrapper } = await open()
    replace(wrapper, '"epochs": 3,', '"epochs": 3')
    await soon(() => expect(wrapper.get('[data-testid=form-locked]').text()).toContain('Line 6'))
    expect(input(wrapper, 'epochs').element.value).toBe('3')
    expect(wrapper.get('[data-testid=config-verdict]').text()).toBe('1 problem')
    replace(wrapper, '"epochs": 3', '"epochs": 3,')
    await soon(() => expect(wrapper.find('[data-testid=form-locked]').exists()).toBe(false))
    wrapper.unmount()
  })

  it('marks a value that is not allowed at its field and in the list of problems', async () => {
    const { wrapper } = await open()
    await input(wrapper, 'batch_size').setValue('0')
    await soon(() => expect(wrapper.get('[data-testid="field-batch_size"]').text()).toContain('at least 1'))
    expect(wrapper.get('[data-testid=config-issue]').attributes('data-path')).toBe('batch_size')
    wrapper.unmount()
  })

  it('shows only what means something beside what is chosen', async () => {
    const { wrapper } = await open()
    const has = (path: string): boolean => wrapper.find(`[data-testid="field-${path}"]`).exists()
    expect([has('optimizer.optimizer_params.momentum'), has('optimizer.optimizer_params.betas'), has('compression.loss.alpha')]).toEqual([
      true,
      false,
      false,
    ])
    replace(wrapper, '"SGD"', '"Adam"')
    await soon(() => expect(has('optimizer.optimizer_params.betas')).toBe(true))
    expect(has('optimizer.optimizer_params.momentum')).toBe(false)
    await wrapper.get('[data-testid="section-compression"]').setValue(true)
    await soon(() => expect(has('compression.loss.alpha')).toBe(true))
    expect(textOf(wrapper)).toContain('"algorithm": "fracbits_quantization"')
    wrapper.unmount()
  })

  it('settles advice with one click, which can be taken back', async () => {
    const { wrapper } = await open(ID, TEXT.replace('"num_classes": 10', '"num_classes": 1000'))
    await soon(() => expect(wrapper.get('[data-testid=advice-count]').text()).toBe('1 hint'))
    await wrapper.get('[data-testid="field-num_classes"] .fix').trigger('click')
    await soon(() => expect(textOf(wrapper)).toBe(TEXT))
    expect(wrapper.find('[data-testid=advice-count]').exists()).toBe(false)
    wrapper.unmount()
  })

  it('keeps a draft with the engine, and saves a version', async () => {
    const { wrapper, engine } = await open()
    await input(wrapper, 'epochs').setValue('5')
    await soon(() => expect(engine.configurations.drafts.get(ID)).toContain('"epochs": 5'))
    await wrapper.get('[data-testid=save]').trigger('click')
    await soon(() => expect(wrapper.get('[data-testid=save-state]').text()).toBe('Saved'))
    expect(engine.configurations.entries.get(ID)?.versions.map(({ version }) => version)).toEqual([2, 1])
    expect(engine.configurations.drafts.has(ID)).toBe(false)
    wrapper.unmount()
  })

  it('lets nobody change what is shipped, and duplicates it', async () => {
    const { wrapper, engine, router } = await open('preset:small')
    expect(viewOf(wrapper).state.readOnly).toBe(true)
    expect(wrapper.get('[data-testid=form-locked]').text()).toContain('Duplicate it to edit')
    await wrapper.get('[data-testid=duplicate]').trigger('click')
    await soon(() => expect(router.currentRoute.value.params['configId']).toMatch(/^own:/))
    expect([...engine.configurations.entries.values()].at(-1)).toMatchObject({ name: 'Mine copy', text: TEXT })
    wrapper.unmount()
  })
})

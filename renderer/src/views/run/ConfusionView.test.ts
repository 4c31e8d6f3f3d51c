import { describe, expect, it, vi } from 'vitest'
import type { RunConfusion } from '../../../../src/contract/confusion'
import { makeConfusion } from '../../test-support/make-confusion'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import ConfusionView from './ConfusionView.vue'

const insects = ['ant', 'bee', 'wasp']
const row = { top1: 50, top5: 100, loss: 1, images: 6, sizeBits: 1, rate: 1, note: 'x' }
const result = { rows: [{ ...row, kind: 'int8' as const }, { ...row, kind: 'mixed' as const }], targetRate: null, widths: [] }
const int8 = makeConfusion('int8', insects, [[0, 0, 3], [1, 2, 2], [2, 0, 1]])
const mixed = makeConfusion('mixed', insects, [[0, 0, 2], [0, 2, 1], [1, 1, 2], [2, 2, 1]])

function view(kept: RunConfusion[], { datasetId, hasResult = true }: { datasetId?: string | null; hasResult?: boolean } = {}) {
  const engine = new ScriptedEngine()
  const detail = makeRun({ status: 'finished', dataDir: '/data/insects', result: hasResult ? result : null })
  engine.confusions.set(detail.id, kept)
  return { detail, ...mountWithEngine(ConfusionView, engine, { detail, datasetId }) }
}
type View = ReturnType<typeof view>
const shown = (wrapper: View['wrapper']) => vi.waitFor(() => expect(wrapper.find('[data-testid=confusion]').exists()).toBe(true))
const cellsOf = (wrapper: View['wrapper']) => wrapper.findAll('[data-testid=matrix-cell]')
const texts = (wrapper: View['wrapper']) => cellsOf(wrapper).map((cell) => cell.text())

describe('the confusion of a run', () => {
  it('is a grid of counts for the chosen model, in which mistakes and right answers differ by more than their colour', async () => {
    const { wrapper } = view([int8, mixed])
    await shown(wrapper)
    expect(texts(wrapper)).toEqual(['2', '', '1', '', '2', '', '', '', '1'])
    expect(cellsOf(wrapper).map((cell) => cell.classes().includes('diagonal'))).toEqual([true, false, false, false, true, false, false, false, true])
    expect(cellsOf(wrapper)[2]?.attributes('aria-label')).toBe('1 of 3 images of ant taken for wasp (33.33 %)')
    expect(wrapper.get('[data-testid=confusion-total]').text()).toBe('5 of 6 validation images recognised (83.33 %)')
    await wrapper.get('[data-testid=confusion-model]').setValue('int8')
    await vi.waitFor(() => expect(texts(wrapper)).toEqual(['3', '', '', '', '', '2', '1', '', '']))
  })

  it('is walked through by arrows, with one cell in the order of Tab, and Enter opens the images of a cell that has some', async () => {
    const { wrapper, router, detail } = view([mixed], { datasetId: 'dataset00001' })
    await shown(wrapper)
    const push = vi.spyOn(router, 'push')
    const matrix = wrapper.get('[data-testid=matrix]')
    const focused = () => document.activeElement?.getAttribute('aria-label')
    expect(cellsOf(wrapper).map((cell) => cell.attributes('tabindex'))).toEqual(['0', ...Array.from({ length: 8 }, () => '-1')])
    await matrix.trigger('keydown', { key: 'ArrowDown' })
    await vi.waitFor(() => expect(focused()).toBe('0 of 2 images of bee taken for ant (0.00 %)'))
    expect(wrapper.get('[data-testid=matrix-words]').text()).toBe(focused())
    await matrix.trigger('keydown', { key: 'Enter' })
    expect(push).not.toHaveBeenCalled()
    await matrix.trigger('keydown', { key: 'End' })
    await matrix.trigger('keydown', { key: 'ArrowUp' })
    await matrix.trigger('keydown', { key: 'ArrowUp' })
    await vi.waitFor(() => expect(focused()).toContain('ant taken for wasp'))
    await matrix.trigger('keydown', { key: 'Enter' })
    await vi.waitFor(() => expect(router.currentRoute.value).toMatchObject({ params: { datasetId: 'dataset00001' }, query: { run: detail.id, model: 'mixed', actual: 'ant', predicted: 'wasp' } }))
  })

  it('is two tables as well: mistakes by frequency, and classes with the least recognised first', async () => {
    const { wrapper } = view([int8], { datasetId: 'dataset00001' })
    await shown(wrapper)
    const rows = (id: string) => wrapper.findAll(`[data-testid=${id}]`).map((line) => line.findAll('th, td').map((cell) => cell.text()))
    expect(rows('mistake')).toEqual([['bee', 'wasp', '2', '100.00 %'], ['wasp', 'ant', '1', '100.00 %']])
    expect(wrapper.get('[data-testid=mistake] a').attributes('href')).toContain('actual=bee&predicted=wasp')
    await wrapper.get('[data-testid=list-classes]').trigger('click')
    expect(rows('class-measure')).toEqual([['bee', '2', '0.00 %', '–'], ['wasp', '1', '0.00 %', '0.00 %'], ['ant', '3', '100.00 %', '75.00 %']])
  })

  it('says which folder to add where its images are in no data set, and opens nothing', async () => {
    const { wrapper, router } = view([mixed], { datasetId: null })
    await shown(wrapper)
    expect(wrapper.get('[data-testid=add-dataset]').text()).toBe('To see the images of a cell, add the folder /data/insects under Data sets.')
    const push = vi.spyOn(router, 'push')
    await cellsOf(wrapper)[2]?.trigger('click')
    expect(wrapper.find('[data-testid=mistake] a').exists()).toBe(false)
    expect(push).not.toHaveBeenCalled()
  })

  it('of many classes is a map whose cells are read and opened by keyboard', async () => {
    const names = Array.from({ length: 100 }, (_, label) => `class ${label}`)
    const { wrapper, router } = view([makeConfusion('mixed', names, [[0, 0, 5], [11, 99, 3]])], { datasetId: 'dataset00001' })
    await shown(wrapper)
    const map = wrapper.get('[data-testid=matrix-map]')
    expect(wrapper.find('[data-testid=matrix]').exists()).toBe(false)
    for (const key of ['PageDown', 'ArrowDown', 'End']) await map.trigger('keydown', { key })
    expect(wrapper.get('[data-testid=matrix-words]').text()).toBe('3 of 3 images of class 11 taken for class 99 (100.00 %)')
    await map.trigger('keydown', { key: 'Enter' })
    await vi.waitFor(() => expect(router.currentRoute.value.query).toMatchObject({ actual: 'class 11', predicted: 'class 99' }))
  })

  it('is said to be missing with what to do, and awaited before there are results', async () => {
    const { wrapper } = view([])
    await vi.waitFor(() => expect(wrapper.get('[data-testid=no-confusion]').text()).toContain('Train again'))
    expect(view([mixed], { hasResult: false }).wrapper.text()).toContain('as soon as the run has evaluated its first model')
  })
})

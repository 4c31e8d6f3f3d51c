import { defineComponent, h, nextTick, provide, ref } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { RUN_LIST_FEED } from '../../composables/run-list-feed'
import { DEMO_PRESET } from '../../composables/use-demo'
import { useRunListFeed } from '../../composables/use-run-list'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import HomeView from './HomeView.vue'

/** The home page inside the frame that feeds it, as `App.vue` does. */
const Framed = defineComponent({
  setup() {
    provide(RUN_LIST_FEED, useRunListFeed())
    return () => h(HomeView)
  },
})

function engineWithDemo(): ScriptedEngine {
  const engine = new ScriptedEngine()
  engine.presets = [{ name: DEMO_PRESET, title: 'Demo', description: '', text: '{ "model": "resnet20" }' }]
  return engine
}

describe('home', () => {
  it('welcomes with one action that starts the demo on its own images', async () => {
    const engine = engineWithDemo()
    const { wrapper } = mountWithEngine(Framed, engine)
    await vi.waitFor(() => expect(wrapper.get('[data-testid=run-demo]').attributes('disabled')).toBeUndefined())
    expect(wrapper.get('[data-testid=demo-data]').text()).toBe('/data/fashion-mnist')
    await wrapper.get('[data-testid=run-demo]').trigger('click')
    await vi.waitFor(() =>
      expect(engine.commands[0]).toMatchObject({ name: 'runs.create', input: { configText: '{ "model": "resnet20" }', dataDir: null } }),
    )
  })

  it('says what to do when the images are missing, and looks again on demand', async () => {
    const engine = engineWithDemo()
    engine.demoData = { available: false, directory: '/data/fashion-mnist', problem: 'Install the package dataset-fashion-mnist.' }
    const { wrapper } = mountWithEngine(Framed, engine)
    await vi.waitFor(() => expect(wrapper.text()).toContain('Install the package dataset-fashion-mnist.'))
    expect(wrapper.get('[data-testid=run-demo]').attributes('disabled')).toBeDefined()
    engine.demoData = { available: true, directory: '/data/fashion-mnist', problem: null }
    const again = wrapper.findAll('button').find((button) => button.text() === 'Check again')
    await again?.trigger('click')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=run-demo]').attributes('disabled')).toBeUndefined())
  })

  it('lists runs newest first and follows what happens to them', async () => {
    const engine = engineWithDemo()
    engine.addRun(makeRun({ id: 'older0000001', name: 'Older', status: 'finished', createdAt: 1 }))
    engine.addRun(makeRun({ id: 'newer0000001', name: 'Newer', createdAt: 2 }))
    const { wrapper } = mountWithEngine(Framed, engine)
    await vi.waitFor(() =>
      expect(wrapper.findAll('[data-testid=run-row]').map((row) => row.attributes('data-run-id'))).toEqual(['newer0000001', 'older0000001']),
    )
    const newest = makeRun({ id: 'newest000001', name: 'Newest', status: 'queued', createdAt: 3 })
    engine.addRun(newest)
    engine.emit({ type: 'created', runId: 'newest000001', run: newest })
    engine.emit({ type: 'status', runId: 'newer0000001', status: 'paused', reason: null })
    await vi.waitFor(
      () =>
        expect(wrapper.findAll('[data-testid=run-row]').map((row) => row.text())).toEqual([
          expect.stringMatching(/^Newest.*Queued/) as unknown,
          expect.stringMatching(/^Newer.*Paused/) as unknown,
          expect.stringMatching(/^Older.*Finished/) as unknown,
        ]),
      { timeout: 5000 },
    )
  })

  it('has its rows at once when one comes back, and then what became of them', async () => {
    const engine = engineWithDemo()
    engine.addRun(makeRun({ id: 'known0000001', name: 'Known', status: 'running' }))
    const here = ref(true)
    const Visited = defineComponent({
      setup() {
        provide(RUN_LIST_FEED, useRunListFeed())
        return () => (here.value ? h(HomeView) : h('p', 'Elsewhere'))
      },
    })
    const { wrapper } = mountWithEngine(Visited, engine)
    const rows = (): string[] => wrapper.findAll('[data-testid=run-row]').map((row) => row.text())
    await vi.waitFor(() => expect(rows()).toEqual([expect.stringMatching(/^Known.*Running/)]))
    here.value = false
    await nextTick()
    expect(rows()).toEqual([])
    engine.addRun(makeRun({ id: 'known0000001', name: 'Known', status: 'finished' }))
    here.value = true
    await nextTick()
    await nextTick()
    expect(rows()).toEqual([expect.stringMatching(/^Known.*Running/)])
    await vi.waitFor(() => expect(rows()).toEqual([expect.stringMatching(/^Known.*Finished/)]))
  })

  it('acts on the runs that are selected, and offers to undo', async () => {
    const engine = engineWithDemo()
    for (const name of ['One', 'Two', 'Three']) engine.addRun(makeRun({ id: `${name.toLowerCase()}00000000`, name, status: 'finished' }))
    const { wrapper } = mountWithEngine(Framed, engine)
    await vi.waitFor(() => expect(wrapper.findAll('[data-testid=run-row]')).toHaveLength(3))
    await wrapper.get('[data-testid=select-all]').trigger('change')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=selection-bar]').text()).toContain('3 runs selected'))
    await wrapper.get('[data-testid=archive-selected]').trigger('click')
    await vi.waitFor(() => expect(wrapper.get('[data-testid=undo-bar]').text()).toContain('3 runs archived.'))
    await wrapper.get('[data-testid=undo]').trigger('click')
    await vi.waitFor(() =>
      expect(engine.commands.map(({ input }) => input)).toMatchObject([
        { change: { archived: true, inBin: false } },
        { change: { archived: false, inBin: false } },
      ]),
    )
  })

  it('says at once what a filter lacks', async () => {
    const engine = engineWithDemo()
    engine.addRun(makeRun())
    const { wrapper } = mountWithEngine(Framed, engine)
    await vi.waitFor(() => expect(wrapper.findAll('[data-testid=run-row]')).toHaveLength(1))
    await wrapper.get('[data-testid=filter]').setValue('status = ')
    await wrapper.get('[data-testid=filter]').trigger('blur')
    await vi.waitFor(() => expect(wrapper.text()).toContain('a value is expected after "="'))
  })
})

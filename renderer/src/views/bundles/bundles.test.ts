import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BundleContents } from '../../../../src/contract/bundles'
import type { OpenedBundle } from '../../../../src/contract/native'
import { useToasts } from '../../stores/toasts'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import ExportBundle from './ExportBundle.vue'
import ImportRuns from './ImportRuns.vue'
import OpenedBundles from './OpenedBundles.vue'

const RUN = 'k3f9a1b2c4d5'
/** Dialogs are at the end of the page, outside of what was mounted. */
function found(id: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(`[data-testid="${id}"]`)
  if (element === null) throw new Error(`nothing is marked ${id}`)
  return element
}
function type(id: string, text: string): void {
  const input = found(id)
  if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) throw new Error(`${id} takes no text`)
  input.value = text
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input'))
}
const makeBundle = (run: BundleContents['runs'][number]): BundleContents => ({
  ...{ runs: [run], checkpoints: 1, comparison: null },
  ...{ sizeBytes: 1_234_567, createdAt: 1_700_000_000_000, appVersion: '0.1.0' },
})
const native = (answers: object): void => void vi.stubGlobal('studio', answers)

let unmount: () => void = () => undefined
afterEach(() => {
  unmount()
  vi.unstubAllGlobals()
})
function show(component: typeof ExportBundle | typeof ImportRuns | typeof OpenedBundles, engine: ScriptedEngine, props: object) {
  const mounted = mountWithEngine(component, engine, { open: true, ...props })
  unmount = () => mounted.wrapper.unmount()
  return mounted
}

describe('export as a bundle', () => {
  it('takes a path in a browser, and shows file and hash of what was written', async () => {
    const engine = new ScriptedEngine()
    show(ExportBundle, engine, { runIds: [RUN], name: 'Best of: all' })
    await vi.waitFor(() => expect(found('bundle-path').getAttribute('placeholder')).toBe('/path/to/Best-of-all.fracbits'))
    expect(found('bundle-write').hasAttribute('disabled')).toBe(true)
    type('bundle-path', '/home/ada/best.fracbits')
    type('bundle-checkpoints', 'all')
    await vi.waitFor(() => expect(found('bundle-write').hasAttribute('disabled')).toBe(false))
    found('bundle-write').click()
    await vi.waitFor(() => expect(found('bundle-made').textContent).toContain('ab'.repeat(32)))
    expect(found('bundle-made').textContent).toContain('/home/ada/best.fracbits')
    expect(engine.commands).toEqual([
      { name: 'runs.exportBundle', input: { runIds: [RUN], file: '/home/ada/best.fracbits', checkpoints: 'all', comparison: null } },
    ])
  })

  it('asks the system for a place in the window; nothing is written when the person cancels', async () => {
    const engine = new ScriptedEngine()
    const choosePlace = vi.fn().mockResolvedValueOnce(null).mockResolvedValueOnce('/tmp/both.fracbits')
    native({ choosePlace })
    const comparison = { name: 'both', state: { runIds: [RUN], groupBy: '', metrics: ['val/top1'] } }
    show(ExportBundle, engine, { runIds: [RUN], name: 'both', comparison })
    await vi.waitFor(() => found('bundle-write').click())
    await vi.waitFor(() => expect(choosePlace).toHaveBeenCalledWith({ title: 'Export as a bundle', fileName: 'both.fracbits' }))
    expect(engine.commands).toEqual([])
    found('bundle-write').click()
    await vi.waitFor(() => expect(engine.commands).toMatchObject([{ input: { file: '/tmp/both.fracbits', comparison } }]))
  })
})

describe('import of runs', () => {
  const withRun = (): ScriptedEngine => {
    const engine = new ScriptedEngine()
    engine.addRun(makeRun({ id: RUN, name: 'Best' }))
    return engine
  }

  it.each(['/tmp/best.fracbits', '/tmp/best.ZIP'])('takes %s for a bundle, and leads to the run', async (file) => {
    const engine = withRun()
    const { router, wrapper } = show(ImportRuns, engine, {})
    await vi.waitFor(() => type('import-path', ` ${file} `))
    await vi.waitFor(() => expect(found('import-runs').hasAttribute('disabled')).toBe(false))
    found('import-runs').click()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/runs/${RUN}`))
    expect(engine.commands).toEqual([{ name: 'runs.importBundle', input: { file } }])
    expect(useToasts().toasts[0]?.text).toContain('"Best" imported')
    expect(wrapper.emitted('update:open')).toContainEqual([false])
  })

  it('takes a folder of logs for anything else', async () => {
    const engine = withRun()
    const { router } = show(ImportRuns, engine, {})
    await vi.waitFor(() => type('import-path', '/logs/mobilenet'))
    await vi.waitFor(() => expect(found('import-runs').hasAttribute('disabled')).toBe(false))
    found('import-runs').click()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/runs/${RUN}`))
    expect(engine.commands).toEqual([{ name: 'runs.importLogs', input: { folder: '/logs/mobilenet' } }])
  })

  it('shows what a chosen file holds, and imports it when the person says so', async () => {
    native({ chooseFile: () => Promise.resolve('/tmp/best.fracbits') })
    const engine = withRun()
    engine.bundle = { ...makeBundle({ id: RUN, name: 'Best', isHere: false }), comparison: 'both' }
    show(ImportRuns, engine, {})
    await vi.waitFor(() => found('import-choose-file').click())
    await vi.waitFor(() => expect(found('bundle-contents').textContent).toContain('Best'))
    expect(found('bundle-contents').textContent).toContain('both')
    expect(engine.commands).toEqual([])
    found('import-runs').click()
    await vi.waitFor(() => expect(engine.commands).toEqual([{ name: 'runs.importBundle', input: { file: '/tmp/best.fracbits' } }]))
  })

  it('says of a chosen file that one of its runs is here already', async () => {
    native({ chooseFile: () => Promise.resolve('/tmp/best.fracbits') })
    const engine = withRun()
    engine.bundle = makeBundle({ id: RUN, name: 'Best', isHere: true })
    show(ImportRuns, engine, {})
    await vi.waitFor(() => found('import-choose-file').click())
    await vi.waitFor(() => expect(found('import-problem').textContent).toContain('"Best" is in this workspace already'))
    expect(found('import-runs').hasAttribute('disabled')).toBe(true)
  })

  it('says what is damaged, and stays', async () => {
    const { router } = show(ImportRuns, new ScriptedEngine(), {})
    await vi.waitFor(() => type('import-path', '/tmp/broken.zip'))
    await vi.waitFor(() => expect(found('import-runs').hasAttribute('disabled')).toBe(false))
    found('import-runs').click()
    await vi.waitFor(() => expect(found('import-problem').textContent).toContain('runs/x/run.json'))
    expect(router.currentRoute.value.path).toBe('/')
  })
})

describe('bundles that the system opens', () => {
  const opening = (...bundles: OpenedBundle[]): void =>
    native({ onOpenBundle: (listen: (bundle: OpenedBundle) => void) => (bundles.forEach(listen), () => undefined) })

  it('are shown one after the other, and nothing is imported by itself', async () => {
    opening({ file: '/tmp/a.fracbits', problem: null }, { file: '/tmp/b.fracbits', problem: null })
    const engine = new ScriptedEngine()
    engine.bundle = makeBundle({ id: RUN, name: 'Best', isHere: false })
    show(OpenedBundles, engine, {})
    const named = (path: string) => vi.waitFor(() => expect(found('import-path')).toHaveProperty('value', path))
    await named('/tmp/a.fracbits')
    await vi.waitFor(() => expect(found('bundle-contents').textContent).toContain('Best'))
    found('import-cancel').click()
    await named('/tmp/b.fracbits')
    found('import-cancel').click()
    await vi.waitFor(() => expect(document.querySelector('[data-testid="import-path"]')).toBeNull())
    expect(engine.commands).toEqual([])
  })

  it('say why they are none', async () => {
    opening({ file: '/tmp/a.fracbits', problem: '/tmp/a.fracbits is not there (any more).' })
    show(OpenedBundles, new ScriptedEngine(), {})
    await vi.waitFor(() => expect(found('import-problem').textContent).toContain('not there'))
    expect(found('import-runs').hasAttribute('disabled')).toBe(true)
  })

  it('say what the engine finds wrong in them', async () => {
    opening({ file: '/tmp/holiday.fracbits', problem: null })
    show(OpenedBundles, new ScriptedEngine(), {})
    await vi.waitFor(() => expect(found('import-problem').textContent).toContain('no bundle'))
    expect(found('import-runs').hasAttribute('disabled')).toBe(true)
  })
})

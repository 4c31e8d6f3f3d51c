import { afterEach, describe, expect, it, vi } from 'vitest'
import { useToasts } from '../../stores/toasts'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import ExportBundle from './ExportBundle.vue'
import ImportRuns from './ImportRuns.vue'

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
const native = (answers: object): void => void vi.stubGlobal('studio', answers)

let unmount: () => void = () => undefined
afterEach(() => {
  unmount()
  vi.unstubAllGlobals()
})
function show(component: typeof ExportBundle | typeof ImportRuns, engine: ScriptedEngine, props: object) {
  const mounted = mountWithEngine(component, engine, { open: true, ...props })
  unmount = () => mounted.wrapper.unmount()
  return mounted
}

describe('export as a bundle', () => {
  it('takes a path in a browser, and shows file and hash of what was written', async () => {
    const engine = new ScriptedEngine()
    show(ExportBundle, engine, { runIds: [RUN], name: 'Best of: all' })
    await vi.waitFor(() => expect(found('bundle-path').getAttribute('placeholder')).toBe('/path/to/Best-of-all.zip'))
    expect(found('bundle-write').hasAttribute('disabled')).toBe(true)
    type('bundle-path', '/home/ada/best.zip')
    type('bundle-checkpoints', 'all')
    await vi.waitFor(() => expect(found('bundle-write').hasAttribute('disabled')).toBe(false))
    found('bundle-write').click()
    await vi.waitFor(() => expect(found('bundle-made').textContent).toContain('ab'.repeat(32)))
    expect(found('bundle-made').textContent).toContain('/home/ada/best.zip')
    expect(engine.commands).toEqual([
      { name: 'runs.exportBundle', input: { runIds: [RUN], file: '/home/ada/best.zip', checkpoints: 'all', comparison: null } },
    ])
  })

  it('asks the system for a place in the window; nothing is written when the person cancels', async () => {
    const engine = new ScriptedEngine()
    const choosePlace = vi.fn().mockResolvedValueOnce(null).mockResolvedValueOnce('/tmp/both.zip')
    native({ choosePlace })
    const comparison = { name: 'both', state: { runIds: [RUN], groupBy: '', metrics: ['val/top1'] } }
    show(ExportBundle, engine, { runIds: [RUN], name: 'both', comparison })
    await vi.waitFor(() => found('bundle-write').click())
    await vi.waitFor(() => expect(choosePlace).toHaveBeenCalledWith({ title: 'Export as a bundle', fileName: 'both.zip' }))
    expect(engine.commands).toEqual([])
    found('bundle-write').click()
    await vi.waitFor(() => expect(engine.commands).toMatchObject([{ input: { file: '/tmp/both.zip', comparison } }]))
  })
})

describe('import of runs', () => {
  const withRun = (): ScriptedEngine => {
    const engine = new ScriptedEngine()
    engine.addRun(makeRun({ id: RUN, name: 'Best' }))
    return engine
  }

  it('takes a bundle for what ends in .zip, and leads to the run', async () => {
    const engine = withRun()
    const { router, wrapper } = show(ImportRuns, engine, {})
    await vi.waitFor(() => type('import-path', ' /tmp/best.ZIP '))
    await vi.waitFor(() => expect(found('import-runs').hasAttribute('disabled')).toBe(false))
    found('import-runs').click()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/runs/${RUN}`))
    expect(engine.commands).toEqual([{ name: 'runs.importBundle', input: { file: '/tmp/best.ZIP' } }])
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

  it('says what is damaged, and stays', async () => {
    native({ chooseFile: () => Promise.resolve('/tmp/broken.zip') })
    const { router } = show(ImportRuns, new ScriptedEngine(), {})
    await vi.waitFor(() => found('import-choose-file').click())
    await vi.waitFor(() => expect(found('import-problem').textContent).toContain('runs/x/run.json'))
    expect(router.currentRoute.value.path).toBe('/')
  })
})

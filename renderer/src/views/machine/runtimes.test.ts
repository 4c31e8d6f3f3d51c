import { describe, expect, it, vi } from 'vitest'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRuntime, ScriptedEngine } from '../../test-support/scripted-engine'
import MachineView from './MachineView.vue'

const GPU = { name: 'gpu-2.21.0', title: 'TensorFlow for GPUs', kind: 'gpu', tensorflow: '2.21.0', downloadBytes: 3 * 2 ** 30, unpackedBytes: 5 * 2 ** 30 } as const

function machine(change: Parameters<typeof makeRuntime>[0]) {
  const engine = new ScriptedEngine()
  const gpu = (more: typeof change): void => engine.setRuntimes([makeRuntime(), makeRuntime({ ...GPU, ...more })])
  gpu(change)
  const { wrapper } = mountWithEngine(MachineView, engine)
  const row = () => wrapper.get('[data-name="gpu-2.21.0"]')
  return { engine, gpu, wrapper, row }
}

describe('the runtimes of a machine', () => {
  it('are installed from the index that pip uses, or a named one, and show how that goes on', async () => {
    const { engine, gpu, wrapper, row } = machine({ status: 'available' })
    await vi.waitFor(() => expect(row().get('[data-testid=runtime-state]').text()).toBe('Not installed: 3.0 GiB to fetch, 5.0 GiB on disk'))
    await row().get('[data-testid=runtime-install]').trigger('click')
    await vi.waitFor(() => expect(engine.commands).toEqual([{ name: 'runtimes.install', input: { name: 'gpu-2.21.0', indexUrl: null } }]))
    gpu({ status: 'installing', progress: { stage: 'fetching', file: 'nvidia_cudnn_cu12-9.28.0.42-py3-none-any.whl', done: 2 ** 30, total: 3 * 2 ** 30 } })
    await vi.waitFor(() => expect(row().text()).toContain('Fetching nvidia_cudnn_cu12 9.28.0.42: 1.0 GiB of 3.0 GiB'))
    expect(row().get('[role=progressbar]').attributes('aria-valuenow')).toBe('33')
    await row().get('[data-testid=runtime-cancel]').trigger('click')
    await vi.waitFor(() => expect(engine.commands.at(-1)).toEqual({ name: 'runtimes.cancel', input: { name: 'gpu-2.21.0' } }))
    gpu({ status: 'unfinished', fetchedBytes: 2 ** 30, problem: 'Fetching broke off.' })
    await vi.waitFor(() => expect(row().get('[data-testid=runtime-problem]').text()).toBe('Fetching broke off.'))
    await wrapper.get('[data-testid=index-url]').setValue('https://mirror.example/simple')
    await row().get('[data-testid=runtime-install]').trigger('click')
    await vi.waitFor(() => expect(engine.commands.at(-1)).toEqual({ name: 'runtimes.install', input: { name: 'gpu-2.21.0', indexUrl: 'https://mirror.example/simple' } }))
  })

  it('have the machine checked again when one has come, and are removed only after a question', async () => {
    const { engine, gpu, wrapper, row } = machine({ status: 'installing' })
    await vi.waitFor(() => expect(row().text()).toContain('Beginning'))
    engine.checks = [{ name: 'Runtime gpu-2.21.0', ok: false, detail: 'No NVIDIA driver was found on this machine.', remedy: 'Install it.' }]
    gpu({ status: 'installed', folder: '/cache/runtimes/gpu-2.21.0' })
    await vi.waitFor(() => expect(wrapper.get('[data-testid=doctor-check]').text()).toContain('No NVIDIA driver was found'))
    await row().get('[data-testid=runtime-remove]').trigger('click')
    await vi.waitFor(() => expect(document.querySelector('[role=alertdialog]')?.textContent).toContain('5.0 GiB become free'))
    expect(engine.commands).toEqual([])
    document.querySelector<HTMLElement>('.dialog-danger')?.click()
    await vi.waitFor(() => expect(engine.commands).toEqual([{ name: 'runtimes.remove', input: { name: 'gpu-2.21.0' } }]))
  })
})

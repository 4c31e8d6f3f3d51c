import { describe, expect, it, vi } from 'vitest'
import type { RunStatus } from '../../../../src/contract/entities'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import RunHeader from './RunHeader.vue'

function header(status: RunStatus) {
  const engine = new ScriptedEngine()
  const detail = makeRun({ status })
  engine.addRun(detail)
  const mounted = mountWithEngine(RunHeader, engine, { detail, progress: null })
  const usable = () =>
    ['pause', 'continue', 'stop', 'resume'].filter((id) => {
      const button = mounted.wrapper.find(`[data-testid=${id}]`)
      return button.exists() && button.attributes('disabled') === undefined
    })
  return { engine, usable, ...mounted }
}

describe('run header', () => {
  it('offers what the status allows', () => {
    expect(header('running').usable()).toEqual(['pause', 'stop'])
    expect(header('paused').usable()).toEqual(['continue', 'stop'])
    expect(header('stopping').usable()).toEqual([])
    expect(header('interrupted').usable()).toEqual(['resume'])
    expect(header('finished').usable()).toEqual([])
  })

  it('sends the commands', async () => {
    const { wrapper, engine, session } = header('running')
    await vi.waitFor(() => expect(session.client.value).not.toBeNull())
    await wrapper.get('[data-testid=pause]').trigger('click')
    await wrapper.get('[data-testid=stop]').trigger('click')
    await vi.waitFor(() => expect(engine.commands.map((command) => command.name)).toEqual(['runs.pause', 'runs.stop']))
    expect(engine.commands[1]?.input).toEqual({ runId: 'k3f9a1b2c4d5', mode: 'after-step' })
  })

  it('shows why a command failed', async () => {
    const { wrapper, engine, session } = header('running')
    await vi.waitFor(() => expect(session.client.value).not.toBeNull())
    engine.onCommand = () => {
      throw new Error('The trainer has just ended.')
    }
    await wrapper.get('[data-testid=pause]').trigger('click')
    await vi.waitFor(() => expect(wrapper.text()).toContain('The trainer has just ended.'))
  })
})

import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../src/contract/api'
import type { RunProgress, RunStatus } from '../../../src/contract/entities'
import { ActiveRuns } from './active-runs'

const status = (runId: string, of: RunStatus): RunEvent => ({ type: 'status', runId, status: of, reason: null })
const progress = (runId: string, step: number, totalSteps: number): RunEvent => {
  const rest: Omit<RunProgress, 'step' | 'totalSteps'> = {
    ...{ phase: 'bit-width-training', epoch: 0, epochs: 1, imagesPerSecond: 1, etaSeconds: 1, device: 'CPU' },
    ...{ residentBytes: 1, nativeTensors: 1, dataWaitFraction: 0, stepAt: 0 },
  }
  return { type: 'progress', runId, progress: { ...rest, step, totalSteps } }
}

describe('active runs', () => {
  it('come and go with their status, and count their steps together', () => {
    const runs = new ActiveRuns()
    expect(runs.share).toBeNull()
    expect(runs.hear(status('a', 'queued'))).toBe(false)
    expect(runs.hear(status('a', 'starting'))).toBe(true)
    runs.put({ id: 'b', name: 'photos', status: 'running', step: 10, totalSteps: 100 })
    expect(runs.hear(progress('a', 40, 100))).toBe(true)
    expect(runs.share).toBe(0.25)
    expect(runs.hear(status('b', 'finished'))).toBe(true)
    expect(runs.all).toEqual([{ id: 'a', name: '', status: 'starting', step: 40, totalSteps: 100, isElsewhere: false }])
    expect(runs.hear(progress('b', 20, 100))).toBe(false)
  })

  it('are jobs of a cluster, too, which go on without the application', () => {
    const runs = new ActiveRuns()
    const slurm = { jobId: '7', state: 'RUNNING', reason: null, node: 'n1', restarts: 0 }
    runs.put({ id: 'a', name: 'photos', status: 'running', step: 10, totalSteps: 100, slurm })
    runs.hear(progress('a', 20, 100))
    runs.hear(status('a', 'starting'))
    expect([runs.all.length, runs.here.length]).toEqual([1, 0])
    runs.put({ id: 'b', name: 'more', status: 'running', step: 0, totalSteps: 100, slurm: null })
    expect(runs.here.map(({ id }) => id)).toEqual(['b'])
  })

  it('are paused when every one of them is', () => {
    const runs = new ActiveRuns()
    expect(runs.isPaused).toBe(false)
    runs.hear(status('a', 'paused'))
    runs.hear(status('b', 'running'))
    expect(runs.isPaused).toBe(false)
    runs.hear(status('b', 'paused'))
    expect(runs.isPaused).toBe(true)
  })
})

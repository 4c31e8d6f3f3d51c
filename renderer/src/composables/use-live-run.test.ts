import { describe, expect, it, vi } from 'vitest'
import type { RunProgress } from '../../../src/contract/entities'
import { withEngine } from '../test-support/mount-with-engine'
import { makeQuantizer, makeRun, ScriptedEngine } from '../test-support/scripted-engine'
import { useLiveRun } from './use-live-run'
import { frozenStep } from './use-run-curves'

const runId = 'k3f9a1b2c4d5'

function engineWithRun(): ScriptedEngine {
  const engine = new ScriptedEngine()
  engine.addRun(makeRun({ id: runId, quantizers: [makeQuantizer('conv1', 'weight', 432)] }))
  train(engine, 1, 10)
  return engine
}

function train(engine: ScriptedEngine, from: number, to: number): void {
  const steps = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  engine.emit({ type: 'metrics', runId, series: [{ key: 'train/loss', steps, values: steps.map((step) => 1 / step) }] })
  engine.emit({ type: 'widths', runId, history: { steps, widths: steps.map((step) => [8 - step / 100]) } })
  engine.emit({ type: 'log', runId, entries: steps.map((step) => ({ seq: step, time: step, level: 'info', message: `step ${step}` })) })
}

const progress: RunProgress = {
  phase: 'integer-training',
  epoch: 1,
  epochs: 3,
  step: 300,
  totalSteps: 400,
  imagesPerSecond: 900,
  etaSeconds: 12,
  device: 'CPU, 2 threads',
  residentBytes: 1e9,
  nativeTensors: 400,
  dataWaitFraction: 0.1,
  stepAt: 0,
}

const stepsOf = (live: ReturnType<typeof useLiveRun>): number[] => [...live.record.series('train/loss').points().steps]
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

describe('useLiveRun', () => {
  it('shows what is recorded and then follows', async () => {
    const engine = engineWithRun()
    const { result: live } = withEngine(engine, () => useLiveRun(runId))
    await vi.waitFor(() => expect(stepsOf(live)).toEqual(upTo(10)))
    train(engine, 11, 14)
    engine.emit({ type: 'progress', runId, progress })
    await vi.waitFor(() => expect(stepsOf(live)).toEqual(upTo(14)))
    await vi.waitFor(() => expect(live.log.value.length).toBe(14))
    expect(live.record.widths.latest).toEqual([7.86])
    expect(live.detail.value).toMatchObject({ phase: 'integer-training', step: 300 })
    expect(live.progress.value?.device).toBe('CPU, 2 threads')
  })

  it('continues its curves without gap or double after the connection was lost', async () => {
    const engine = engineWithRun()
    const { result: live, cut, session } = withEngine(engine, () => useLiveRun(runId))
    await vi.waitFor(() => expect(stepsOf(live)).toEqual(upTo(10)))
    cut()
    await vi.waitFor(() => expect(session.state.value.kind).toBe('lost'))
    train(engine, 11, 20)
    session.reconnectNow()
    await vi.waitFor(() => expect(stepsOf(live)).toEqual(upTo(20)))
    train(engine, 21, 22)
    await vi.waitFor(() => expect(stepsOf(live)).toEqual(upTo(22)))
    await vi.waitFor(() => expect(live.log.value.map((entry) => entry.seq)).toEqual(upTo(22)))
  })

  it('hears of a new status and reads the reason', async () => {
    const engine = engineWithRun()
    const { result: live } = withEngine(engine, () => useLiveRun(runId))
    await vi.waitFor(() => expect(live.detail.value?.status).toBe('running'))
    engine.emit({ type: 'status', runId, status: 'failed', reason: 'The disk is full. Free 1 GiB and resume.' })
    await vi.waitFor(() => expect(live.detail.value).toMatchObject({ status: 'failed', statusReason: 'The disk is full. Free 1 GiB and resume.' }))
  })

  it('says that a run is not there', async () => {
    const { result: live } = withEngine(new ScriptedEngine(), () => useLiveRun('missing00001'))
    await vi.waitFor(() => expect(live.error.value?.code).toBe('NOT_FOUND'))
  })
})

describe('frozenStep', () => {
  it('is the first step from which on all widths are integers', () => {
    expect(
      frozenStep({
        steps: [1, 2, 3, 4],
        widths: [
          [8, 8],
          [7.5, 8],
          [7, 8],
          [7, 8],
        ],
      }),
    ).toBe(3)
    expect(frozenStep({ steps: [1, 2], widths: [[8], [7.5]] })).toBeNull()
    expect(frozenStep({ steps: [1, 2], widths: [[8], [8]] })).toBeNull()
  })
})

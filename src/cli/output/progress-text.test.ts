import { describe, expect, it } from 'vitest'
import type { RunProgress } from '../../contract/entities'
import { applyEvent, emptyProgress, type ProgressState } from './progress-state'
import { progressLine } from './progress-text'

const progress: RunProgress = {
  phase: 'bit-width-training',
  epoch: 1,
  epochs: 4,
  step: 430,
  totalSteps: 1000,
  imagesPerSecond: 1830.4,
  etaSeconds: 192,
  device: 'CPU',
  residentBytes: 1,
  nativeTensors: 1,
  dataWaitFraction: 0,
  stepAt: 0,
}
const runId = 'abcdefgh'
const state: ProgressState = [
  { type: 'progress' as const, runId, progress },
  {
    type: 'metrics' as const,
    runId,
    series: [
      { key: 'train/loss', steps: [1, 2], values: [0.5, 0.4123] },
      { key: 'train/top1', steps: [2], values: [86.12] },
      { key: 'train/rate', steps: [1, 2], values: [1.42, null] },
    ],
  },
].reduce(applyEvent, emptyProgress)

describe('progress line', () => {
  it('shows phase, epoch, percent, loss, accuracy, rate, speed and time left', () => {
    expect(progressLine(state, 140)).toBe(
      '[############................] 43%  bit-width training  epoch 2/4  3m12s left  loss 0.412  acc 86.1%  rate 1.42x  1,830 img/s',
    )
  })

  it('shows the share of weights that were frozen, once widths are whole', () => {
    const metrics = { type: 'metrics' as const, runId, series: [{ key: 'train/frozen_weights', steps: [3], values: [4.26] }] }
    const later = [{ type: 'progress' as const, runId, progress: { ...progress, phase: 'integer-training' as const } }, metrics].reduce(applyEvent, state)
    expect(progressLine(later, 160)).toContain('rate 1.42x  frozen weights 4.3%  1,830 img/s')
  })

  it.each([200, 100, 80, 60, 40, 20, 5, 0])('never exceeds %i columns', (columns) => {
    expect(progressLine(state, columns).length).toBeLessThanOrEqual(columns)
  })

  it('keeps phase and time left when there is little room', () => {
    expect(progressLine(state, 70)).toContain('bit-width training  epoch 2/4  3m12s left')
  })

  it('says that it waits before the first progress', () => {
    expect(progressLine(emptyProgress, 80)).toContain('waiting for the trainer')
  })
})

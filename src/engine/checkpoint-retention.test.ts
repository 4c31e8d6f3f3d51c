import { describe, expect, it } from 'vitest'
import type { RunPhase } from '../contract/entities'
import { OptimizerConfig } from '../contract/training-config'
import { stepsOfSaveFrequency, superfluousCheckpoints } from './checkpoint-retention'

const steps = (from: number, to: number, phase: RunPhase): { step: number; phase: RunPhase }[] =>
  Array.from({ length: (to - from) / 10 + 1 }, (_, index) => ({ step: to - 10 * index, phase }))
const remaining = (all: ReturnType<typeof steps>, rule: Parameters<typeof superfluousCheckpoints>[1]): number[] => {
  const gone = new Set(superfluousCheckpoints(all, rule))
  return all.filter((one) => !gone.has(one)).map(({ step }) => step)
}

describe('kept checkpoints', () => {
  const all = [...steps(210, 300, 'bit-width-training'), ...steps(10, 200, 'fp32-training')]

  it('are the newest three, the last of each phase, the best of each phase and every n-th', () => {
    const accuracies = new Map([
      [50, 60],
      [90, 71],
      [120, 70],
      [220, 65],
      [250, 60],
    ])
    expect(remaining(all, { everySteps: 100, accuracies })).toEqual([300, 290, 280, 220, 200, 100, 90])
  })

  it('without any measurement are the newest and the last ones', () => {
    expect(remaining(all, { everySteps: Infinity, accuracies: new Map() })).toEqual([300, 290, 280, 200])
  })

  it('are counted in epochs of all stages', () => {
    const pretraining = { epochs: 4, optimizer: OptimizerConfig.parse({}) }
    expect(stepsOfSaveFrequency({ epochs: 6, save_freq: 5 }, 600)).toBe(500)
    expect(stepsOfSaveFrequency({ epochs: 6, save_freq: 2, pretraining }, 1000)).toBe(200)
    expect(stepsOfSaveFrequency({ epochs: 6, save_freq: 2 }, 0)).toBe(Infinity)
  })
})

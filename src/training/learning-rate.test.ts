import { describe, expect, it } from 'vitest'
import { OptimizerConfig } from '../contract/training-config'
import { learningRate } from './learning-rate'

const rates = (config: unknown, epochs: number, moments: readonly number[]): number[] => {
  const parsed = OptimizerConfig.parse(config)
  return moments.map((moment) => Number(learningRate(parsed, epochs, moment).toPrecision(6)))
}

describe('learningRate', () => {
  it('multiplies every `step` epochs', () => {
    expect(rates({ base_lr: 1, schedule_type: 'step', step: 2, gamma: 0.1 }, 6, [0, 1.99, 2, 3.5, 4])).toEqual([1, 1, 0.1, 0.1, 0.01])
  })

  it('is constant by default for 30 epochs', () => {
    expect(rates({ base_lr: 0.001 }, 5, [0, 2.5, 29.9, 30])).toEqual([0.001, 0.001, 0.001, 0.0001])
  })

  it('multiplies at milestones, in any order, and never without any', () => {
    expect(rates({ base_lr: 1, schedule_type: 'multistep', steps: [4, 2], gamma: 0.5 }, 6, [0, 1.9, 2, 3, 4, 5])).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25,
    ])
    expect(rates({ base_lr: 1, schedule_type: 'multistep' }, 6, [0, 100])).toEqual([1, 1])
  })

  it('decays exponentially between epochs', () => {
    expect(rates({ base_lr: 2, schedule_type: 'exponential', gamma: 0.5 }, 6, [0, 0.9, 1, 3])).toEqual([2, 2, 1, 0.25])
  })

  it('decays polynomially to 0 at the end', () => {
    expect(rates({ base_lr: 1, schedule_type: 'poly', power: 2 }, 4, [0, 1, 2, 3.9, 4, 5])).toEqual([1, 0.5625, 0.25, 0.0625, 0, 0])
  })

  it('rises linearly, then follows a cosine within epochs', () => {
    expect(rates({ base_lr: 1, schedule_type: 'cosine', warmup_epochs: 0.5 }, 4.5, [0, 0.25, 0.5, 2.5, 4.5, 9])).toEqual([0, 0.5, 1, 0.5, 0, 0])
    expect(rates({ base_lr: 1, schedule_type: 'cosine' }, 2, [0, 1])).toEqual([1, 0.5])
  })

  it('stays finite when the warm-up is as long as the stage', () => {
    expect(rates({ base_lr: 1, schedule_type: 'cosine', warmup_epochs: 2 }, 2, [1, 2])).toEqual([0.5, 1])
  })
})

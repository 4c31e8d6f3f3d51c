import { expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { meetOnGpu } from './room-beside'

it('runs meet on a GPU that both take: the first where nothing is said, the first of several, or all', () => {
  const config = (more: object): TrainingConfig => TrainingConfig.parse({ model: 'resnet20', input_info: { sample_size: [1, 1, 28, 28] }, ...more })
  const meet = (one: object, other: object): boolean => meetOnGpu(config(one), config(other))
  expect(meet({}, {})).toBe(true)
  expect(meet({ gpu_id: 1 }, {})).toBe(false)
  expect(meet({ replicas: 2 }, { gpu_id: 1 })).toBe(true)
  expect(meet({ gpu_id: 2 }, { replicas: 2 })).toBe(false)
  expect(meet({ multiprocessing_distributed: true }, { gpu_id: 3 })).toBe(true)
})

import { describe, expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { forecastCost } from './cost-forecast'

const config = (changes: Record<string, unknown> = {}): TrainingConfig =>
  TrainingConfig.parse({ model: 'resnet20', input_info: { sample_size: [1, 1, 28, 28] }, dataset: 'fashion_mnist', batch_size: 100, ...changes })
const macsOf = ({ model_params }: TrainingConfig): number => 1_000 * model_params.width_mult ** 2

describe('forecast of cost', () => {
  it('takes the median of runs that did the same work', () => {
    const earlier = [100, 300, 200].map((imagesPerSecond) => ({ config: config(), imagesPerSecond, residentBytes: imagesPerSecond * 1e6 }))
    const other = { config: config({ batch_size: 5 }), imagesPerSecond: 1, residentBytes: 1 }
    expect(forecastCost(config(), [other, ...earlier], macsOf, 60_000)).toEqual({
      basis: 'same',
      runs: 3,
      imagesPerSecond: 200,
      secondsPerEpoch: 300,
      residentBytes: 2e8,
    })
  })

  it('scales the speed of other widths by their work, and leaves memory open', () => {
    const earlier = [{ config: config({ model_params: { width_mult: 0.5 } }), imagesPerSecond: 400, residentBytes: 1e8 }]
    expect(forecastCost(config(), earlier, macsOf, null)).toEqual({
      basis: 'similar',
      runs: 1,
      imagesPerSecond: 100,
      secondsPerEpoch: null,
      residentBytes: null,
    })
  })

  it('promises nothing without an earlier run, or with one it cannot read', () => {
    expect(forecastCost(config(), [], macsOf, 10)).toBeNull()
    expect(forecastCost(config(), [{ config: { model: 'gone' }, imagesPerSecond: 1, residentBytes: null }], macsOf, 10)).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { TrainingConfig } from '../../contract/training-config'
import { type BudgetCell, budgetTable } from './bench-budgets'
import { compressed } from './bench-methods'

const base = { model: 'resnet20', num_classes: 10, input_info: { sample_size: [1, 1, 28, 28] }, dataset: 'fashion_mnist' }

describe('the table of budgets', () => {
  it('compares ways that differ in the rounding and in following the original alone, and freezes after four fifths', () => {
    const configs = (['exact', 'offset', 'plain', 'nncf'] as const).map((method) => TrainingConfig.parse({ ...base, ...compressed(method, 2, { epochs: 5 }) }))
    expect(configs.map(({ compatibility, compression }) => [compatibility, compression?.rounding, compression?.freeze_epoch])).toEqual([
      ['studio', 'exact', 4],
      ['studio', 'offset', 4],
      ['studio', 'plain', 4],
      ['nncf', undefined, 4],
    ])
    const [first, ...others] = configs.map(({ compression }) => ({ ...compression, rounding: null }))
    for (const other of others) expect(other).toEqual(first)
  })

  it('gives one width that takes no more than the budget', () => {
    const widths = [1.5, 2, 3].map((rate) => TrainingConfig.parse({ ...base, ...compressed('uniform', rate, { epochs: 5 }) }).compression?.bit_widths?.weight_bits)
    expect(widths).toEqual([5, 4, 2])
  })

  it('tries an option as exact rounding with that option more', () => {
    const exact = TrainingConfig.parse({ ...base, ...compressed('exact', 2, { epochs: 5 }) }).compression
    const without = (method: 'kernel' | 'distillation', key: string): object => {
      const compression = TrainingConfig.parse({ ...base, ...compressed(method, 2, { epochs: 5 }) }).compression
      expect(compression).toHaveProperty(key)
      return { ...compression, distillation: exact?.distillation, bit_widths: exact?.bit_widths }
    }
    expect(without('kernel', 'bit_widths.granularity')).toEqual(exact)
    expect(without('distillation', 'distillation')).toEqual(exact)
  })

  it('states mean, spread, drop and the ends of the rates', () => {
    const cell: BudgetCell = {
      model: 'resnet20',
      rate: 2,
      method: 'exact',
      runs: [
        { seed: 1, top1: 90, float: 91, rate: 2 },
        { seed: 2, top1: 92, float: 92, rate: 2.01 },
      ],
    }
    expect(budgetTable([cell]).split('\n')[2]?.trim().split(/ +/)).toEqual(['resnet20', '2x', 'exact', '91.00', '1.41', '-0.50', '2.005', '2.000', '2.010'])
  })
})

import { describe, expect, it } from 'vitest'
import type { BudgetOutcome } from '../../contract/entities'
import { budgetText } from './run-result'

const budget: BudgetOutcome = { kind: 'model_size', method: 'exact', targetRate: 1.5, rate: 1.503, cost: 998, limit: 1000.4, unit: 'bits', flips: [] }
const quantizer = { id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', mode: 'symmetric', perChannel: true, elements: 10, minBits: 4, maxBits: 12 } as const

describe('the budget of a run as text', () => {
  it('names the widths that plain rounding would have had otherwise', () => {
    const text = budgetText({ ...budget, flips: [{ quantizer: 0, from: 6, to: 5 }] }, [quantizer])
    expect(text).toMatch(/998 of 1,000 bits, rate 1\.50.*exact rounding.*otherwise than by plain rounding:\n {2}conv1\|WEIGHT {2}6 -> 5 bits$/s)
  })

  it('counts the kernels that plain rounding would have given another width', () => {
    expect(budgetText({ ...budget, kernelFlips: 1234 }, [])).toMatch(/otherwise than by plain rounding:\n {2}1,234 kernels$/)
    expect(budgetText({ ...budget, kernelFlips: 0 }, [])).toMatch(/plain rounding gives the same widths$/)
  })

  it('says where nothing differs', () => {
    expect(budgetText(budget, [])).toMatch(/plain rounding gives the same widths$/)
    expect(budgetText({ ...budget, method: 'plain' }, [])).toMatch(/\(plain rounding\)$/)
  })
})

import { describe, expect, it } from 'vitest'
import { EIGHTY_TWENTY, freezeEpochBy, scheduleWords } from './width-schedule'

const at = (epochs: number, start_epoch = 0): number | null => freezeEpochBy(EIGHTY_TWENTY, { epochs, start_epoch })

describe('the schedule 80/20', () => {
  it('freezes after 80 % of the epochs, and leaves at least one on either side', () => {
    expect([2, 3, 4, 5, 10, 50, 100].map((epochs) => at(epochs))).toEqual([1, 2, 3, 4, 8, 40, 80])
    expect([at(20, 10), at(12, 10)]).toEqual([18, 11])
    expect([at(1), at(5, 4)]).toEqual([null, null])
  })

  it('is told by its epochs', () => {
    const words = (epochs: number, freeze_epoch: number, start_epoch = 0): string => scheduleWords({ epochs, start_epoch, freeze_epoch })
    expect(words(10, 8)).toBe('Widths are learned for 8 epochs (0 to 7), then frozen: 2 epochs in integers (8 to 9).')
    expect(words(2, 1)).toBe('Widths are learned for 1 epoch (epoch 0), then frozen: 1 epoch in integers (epoch 1).')
    expect(words(20, 18, 10)).toBe('Widths are learned for 8 epochs (10 to 17), then frozen: 2 epochs in integers (18 to 19).')
    for (const freeze of [-1, 10, 12]) expect(words(10, freeze)).toBe('Widths are learned in all 10 epochs, and rounded only after the last.')
    expect(words(10, 0)).toBe('Widths are frozen from the start: 10 epochs in integers.')
  })
})

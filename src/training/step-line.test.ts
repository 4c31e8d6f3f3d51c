import { describe, expect, it } from 'vitest'
import { StepLine } from './step-line'

const scalars = (loss: number) => ({ learning_rate: 0.00123456, criterion_loss: loss, compression_loss: 20, loss: loss + 20, top1: 50, top5: 100 })
const times = { stepMs: 1500, dataMs: 250 }

describe('the line of a step', () => {
  it('has what the sample prints: now, and in brackets the average of the epoch so far', () => {
    const line = new StepLine(2, 5)
    expect(line.add({ step: 0, epoch: 0, stepOfEpoch: 0 }, scalars(4), times)).toBe(
      ': Epoch: [0][0/5] Lr: 0.00123 Time: 1.500 (1.500) Data: 0.250 (0.250) CE_loss: 4.0000 (4.0000) CR_loss: 20.0000 (20.0000) Loss: 24.0000 (24.0000) Acc@1: 50.000 (50.000) Acc@5: 100.000 (100.000)',
    )
    expect(line.add({ step: 1, epoch: 0, stepOfEpoch: 1 }, scalars(3), times)).toBeNull()
    expect(line.add({ step: 2, epoch: 0, stepOfEpoch: 2 }, scalars(2), times)).toContain('CE_loss: 2.0000 (3.0000)')
    expect(line.add({ step: 5, epoch: 1, stepOfEpoch: 0 }, scalars(1), times)).toContain('CE_loss: 1.0000 (1.0000)')
  })
})

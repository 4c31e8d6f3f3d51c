import { describe, expect, it } from 'vitest'
import { CompressionConfig, OptimizerConfig, TrainingConfig } from '../contract/training-config'
import { costBudget } from '../quantization/cost-budget'
import { roundToBudget } from '../quantization/width-rounding'
import { weightSpec } from '../quantization/testing/weight-spec'
import { checkRunnable, COMPATIBILITY, compatibilityOf } from './compatibility'
import { FreezeScheduler } from './freeze-scheduler'
import { learningRate } from './learning-rate'
import { isShuffled } from './run-passes'
import { tinyNetwork } from './testing/tiny-network'
import { bitsOf, freezeBits, tinyBatch, tinyEngines, tinyStep } from './testing/tiny-engine'

const { nncf, studio } = COMPATIBILITY
const config = (more: object = {}): TrainingConfig =>
  TrainingConfig.parse({ model: 'resnet20', num_classes: 10, input_info: { sample_size: [1, 1, 28, 28] }, dataset: 'fashion_mnist', ...more })

const engineWith = tinyEngines()

describe('where the original errs', () => {
  it('is a choice of the configuration: studio unless nncf is asked for', () => {
    expect(compatibilityOf(config())).toBe(studio)
    expect(compatibilityOf(config({ compatibility: 'nncf' }))).toBe(nncf)
  })

  it('widths freeze in one epoch only and are trainable again after a resume, or from that epoch on', () => {
    const frozenIn = (switches: typeof nncf, resumedAt: number): boolean[] => {
      const freezing = new FreezeScheduler(2, switches)
      freezing.restore(resumedAt, true)
      return [resumedAt, resumedAt + 1].map((epoch) => {
        freezing.enterEpoch(epoch)
        return freezing.isFrozen
      })
    }
    expect([frozenIn(nncf, 2), frozenIn(nncf, 3)]).toEqual([[true, true], [false, false]])
    expect([frozenIn(studio, 2), frozenIn(studio, 3)]).toEqual([[true, true], [true, true]])
  })

  it.each(['SGD', 'Adam'])('frozen widths drift with momentum and decay, or stay (%s)', (type) => {
    const moved = (drift: boolean): boolean => {
      const engine = engineWith({ drift, optimizer: { type, base_lr: 0.01 } })
      for (let i = 1; i <= 3; i++) tinyStep(engine, i)
      freezeBits(engine)
      const frozen = bitsOf(engine)
      const { gradients } = tinyStep(engine, 4)
      expect(Math.max(...(gradients.get('quantizers/bits') ?? []).map(Math.abs))).toBe(0)
      return bitsOf(engine).some((bits, i) => bits !== frozen[i])
    }
    expect([moved(nncf.frozenWidthsDrift), moved(studio.frozenWidthsDrift)]).toEqual([true, false])
  })

  it('widths frozen before they were ever trained stay in either case', () => {
    for (const drift of [true, false]) {
      const engine = engineWith({ drift })
      freezeBits(engine)
      tinyStep(engine, 1)
      expect(new Set(bitsOf(engine))).toEqual(new Set([8]))
    }
  })

  it('rates decay one epoch late, and plateau sees the accuracy before the epoch, or both are on time', () => {
    const multistep = OptimizerConfig.parse({ base_lr: 1, schedule_type: 'multistep', steps: [2] })
    const plateau = OptimizerConfig.parse({ base_lr: 1, schedule_type: 'plateau', schedule_params: { patience: 1 } })
    const rates = (optimizer: OptimizerConfig, { decayOneEpochLate }: typeof nncf): number[] =>
      [0, 1, 2, 3, 4, 5].map((epoch) => learningRate(optimizer, 6, epoch, { decayOneEpochLate, accuracies: [10, 20, 20, 20, 20, 20] }))
    expect(rates(multistep, nncf)).toEqual([1, 1, 1, 0.1, 0.1, 0.1])
    expect(rates(multistep, studio)).toEqual([1, 1, 0.1, 0.1, 0.1, 0.1])
    expect(rates(plateau, nncf)).toEqual([1, 1, 1, 1, 1, 0.1])
    expect(rates(plateau, studio)).toEqual([1, 1, 1, 1, 0.1, 0.1])
  })

  it('widths that are not frozen are evaluated fractional, or rounded', () => {
    const engine = engineWith({})
    const bits = bitsOf(engine).map(() => 4.5)
    engine.write(new Map([['quantizers/bits', Float32Array.from(bits)]]))
    const fractional = engine.logits('fractional', tinyBatch(0))
    const rounded = engine.logits('integer', tinyBatch(0))
    expect(fractional).not.toEqual(rounded)
    freezeBits(engine)
    expect(engine.logits('fractional', tinyBatch(0))).toEqual(rounded)
  })

  it('widths are rounded plainly, or so that the target is met', () => {
    const specs = ['layer0', 'layer1'].map((id) => weightSpec(id, 10))
    const budget = costBudget(CompressionConfig.parse({ algorithm: 'fracbits_quantization' }), tinyNetwork(), specs)
    const round = ({ roundsPlainly }: typeof nncf) => roundToBudget(roundsPlainly ? 'plain' : 'exact', [5.6, 5.6], specs, budget).outcome.rate
    expect(round(nncf)).toBeLessThan(1.5)
    expect(round(studio)).toBeGreaterThanOrEqual(1.5)
    const section = { algorithm: 'fracbits_quantization', rounding: 'exact' }
    expect(() => { checkRunnable(config({ compression: section, compatibility: 'nncf' })) }).toThrow(/plain rounding only/)
  })

  it('widths that move on after the freeze hold no oscillating weights', () => {
    const compression = { algorithm: 'fracbits_quantization', oscillation_freezing: {} }
    expect(() => { checkRunnable(config({ compression, compatibility: 'nncf' })) }).toThrow(/oscillation_freezing.*Leave it out/)
    expect(() => { checkRunnable(config({ compression })) }).not.toThrow()
  })

  it('a seed keeps the images in file order, or shuffles them', () => {
    const shuffled = (more: object): boolean => {
      const given = config(more)
      return isShuffled({ config: given, switches: compatibilityOf(given) })
    }
    expect([shuffled({ compatibility: 'nncf', seed: 1 }), shuffled({ compatibility: 'nncf' })]).toEqual([false, true])
    expect([shuffled({ seed: 1 }), shuffled({})]).toEqual([true, true])
  })

  it('bitops and poly without an exponent are refused with a remedy, or run', () => {
    const bitops = { compression: { algorithm: 'fracbits_quantization', loss: { type: 'bitops' } } }
    const poly = { optimizer: { schedule_type: 'poly' } }
    for (const more of [bitops, poly]) {
      expect(() => { checkRunnable(config({ ...more, compatibility: 'nncf' })) }).toThrow(/"studio"/)
      expect(() => { checkRunnable(config(more)) }).not.toThrow()
    }
    expect(() => { checkRunnable(config({ optimizer: { schedule_type: 'poly', schedule_params: { power: 2 } }, compatibility: 'nncf' })) }).not.toThrow()
  })
})

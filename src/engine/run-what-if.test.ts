import { describe, expect, it } from 'vitest'
import { readConfigText } from '../config/config-text'
import { KERNEL_WISE_REFUSAL } from '../contract/what-if'
import type { RunRecord } from '../store/repositories/runs'
import { fixedText, integerWidthsOf } from './run-what-if'

describe('training on at other widths', () => {
  it('begins with the weights of the run, keeps the widths, and freezes at once', () => {
    const text = `{
      // mine
      "model": "resnet20", "num_classes": 10, "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist", "epochs": 9,
      "pretraining": { "epochs": 4, "optimizer": {} },
      "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 7, "rounding": "offset", "loss": { "compression_rate": 2 }, "bit_widths": { "min": 2 } }
    }`
    const made = fixedText(text, { weights: '/runs/a/step.safetensors', fixed: { 'conv1|WEIGHT': 6 }, epochs: 2 })
    expect(made).toContain('// mine')
    const { config, issues } = readConfigText(made)
    expect(issues).toEqual([])
    expect(config?.pretraining).toBeUndefined()
    expect(config).toMatchObject({
      weights: '/runs/a/step.safetensors',
      epochs: 2,
      compression: { freeze_epoch: 0, loss: { compression_rate: 2 }, bit_widths: { min: 2, fixed: { 'conv1|WEIGHT': 6 } } },
    })
    expect(config?.compression?.rounding).toBeUndefined()
  })
})

describe('widths that can be changed by hand', () => {
  const quantizer = { id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', mode: 'symmetric', perChannel: true, elements: 300, minBits: 2, maxBits: 8 } as const
  const of = (quantizers: RunRecord['quantizers'], widths: number[]): readonly number[] => integerWidthsOf({ quantizers, result: { rows: [], targetRate: null, widths } })

  it('are integers of whole quantizers: a run with a width for each kernel is refused with a sentence, as is one without a result', () => {
    expect(of([quantizer], [5])).toEqual([5])
    expect(() => of([quantizer], [])).toThrow(/no integer widths yet/)
    expect(() => of([{ ...quantizer, kernels: 3 }], [10 / 3])).toThrow(KERNEL_WISE_REFUSAL)
  })
})

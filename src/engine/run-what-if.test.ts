import { describe, expect, it } from 'vitest'
import { readConfigText } from '../config/config-text'
import { fixedText } from './run-what-if'

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

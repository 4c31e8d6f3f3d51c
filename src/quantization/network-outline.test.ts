import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { describeNetwork } from './network-outline'

const parse = (changes: Record<string, unknown>): TrainingConfig =>
  TrainingConfig.parse({ model: 'resnet20', num_classes: 10, input_info: { sample_size: [1, 1, 28, 28] }, dataset: 'fashion_mnist', ...changes })
const compression = { algorithm: 'fracbits_quantization', loss: { compression_rate: 1.5 } }

describe('network outline', () => {
  it('counts the sizes of quantized weights at their bounds and at the target', () => {
    const { size, layers, concentration } = describeNetwork(parse({ compression }))
    const elements = layers.reduce((sum, layer) => sum + (layer.weight === null ? 0 : layer.weightElements), 0)
    expect(size).toEqual({ fp32: elements * 32, initial: elements * 8, smallest: elements * 4, largest: elements * 12, target: (elements * 8) / 1.5 })
    expect(concentration).toBeGreaterThan(1 / layers.length)
    expect(concentration).toBeLessThan(1)
  })

  it('counts bit operations: MACs times both widths, of layers with quantized weights', () => {
    const { bitOperations, layers } = describeNetwork(parse({ compression: { ...compression, loss: { type: 'bitops', compression_rate: 2 } } }))
    const macs = layers.reduce((sum, layer) => sum + (layer.weight === null ? 0 : layer.macs), 0)
    expect(macs).toBeGreaterThan(1e6)
    expect(bitOperations).toEqual({ initial: macs * 64, smallest: macs * 16, largest: macs * 144, target: macs * 32 })
    expect(layers.reduce((sum, layer) => sum + layer.bitOperations, 0)).toBe(bitOperations.initial)
    expect(describeNetwork(parse({ compression })).bitOperations.target).toBeNull()
    expect(describeNetwork(parse({})).bitOperations).toEqual({ initial: 0, smallest: 0, largest: 0, target: null })
  })

  it('says which weights have the levels of 7 bits', () => {
    const halves = (overflow_fix: string): number =>
      describeNetwork(parse({ compression: { ...compression, overflow_fix } })).layers.filter(({ weight }) => weight?.halfRange === true).length
    expect([halves('disable'), halves('first_layer_only')]).toEqual([0, 1])
    expect(halves('enable')).toBeGreaterThan(10)
  })

  it('has no quantizers and no target without compression', () => {
    const outline = describeNetwork(parse({}))
    expect(outline).toMatchObject({ quantizerCount: 0, input: null, concentration: 0, size: { initial: 0, target: null } })
    expect(outline.size.fp32).toBeGreaterThan(0)
  })

  it('counts parameters and work of MobileNetV2 as its authors do', () => {
    const outline = describeNetwork(parse({ model: 'mobilenet_v2', num_classes: 1000, input_info: { sample_size: [1, 3, 224, 224] } }))
    expect(outline.parameterCount).toBe(3_504_872)
    expect(outline.macs).toBe(300_774_272)
  })

  it('needs nothing of TensorFlow, so that the engine may use it', () => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      const text = readFileSync(file, 'utf8')
      for (const [, type, path = ''] of text.matchAll(/^(?:import|export) (type )?[^'"]*?from '(\.[^']+)'/gms)) {
        if (type === undefined) visit(`${join(file, '..', path)}.ts`)
      }
    }
    visit(join(import.meta.dirname, 'network-outline.ts'))
    expect(seen.size).toBeGreaterThan(10)
    expect([...seen].filter((file) => file.includes('/src/tensor/'))).toEqual([])
  })
})

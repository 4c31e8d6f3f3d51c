import { describe, expect, it } from 'vitest'
import { CompressionConfig } from '../../contract/training-config'
import { buildNetwork } from '../../models/registry'
import { placeQuantizers } from '../../quantization/placement'
import { weightSpec } from '../../quantization/testing/weight-spec'
import { quantizationStatistics } from './quantization-statistics'
import { sizeStatistics, statisticsScalars } from './size-statistics'

const network = buildNetwork({ model: 'mobilenet_v2', model_params: { width_mult: 1 }, num_classes: 1000 }, { channels: 3, height: 224, width: 224 })
const specs = placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization' }))

describe('statistics', () => {
  it('count what is placed as the original does for MobileNetV2 (spec 8.4)', () => {
    const widths = specs.map(({ kind }): number => (kind === 'weight' ? 5.5 : 8))
    widths[specs.findIndex(({ kind }) => kind === 'weight')] = 2
    const text = quantizationStatistics(network, specs, { widths, signed: specs.map(({ kind }) => (kind === 'weight' ? 1 : 0)) })
    const single = text.replaceAll(/ +/g, ' ')
    for (const row of [
      'Ratio of enabled quantizations | 100.0',
      'Symmetric WQs / All placed WQs | 100.00 % (53 / 53)',
      'Per-channel WQs / All placed WQs | 100.00 % (53 / 53)',
      'Placed WQs / Potential WQs | 50.48 % (53 / 105)',
      'Unsigned AQs / All placed AQs | 100.00 % (64 / 64)',
      'Per-channel AQs / All placed AQs | 26.56 % (17 / 64)',
      '8 | 0.00 % (0 / 53) | 100.00 % (64 / 64) | 54.70 % (64 / 117)',
      '6 | 98.11 % (52 / 53) | 0.00 % (0 / 64) | 44.44 % (52 / 117)',
      '4 | 1.89 % (1 / 53) | 0.00 % (0 / 64) | 0.85 % (1 / 117)',
    ])
      expect(single).toContain(row)
    expect(text.split('\n\n')).toHaveLength(3)
  })

  it('measure sizes of weights at fractional and integer widths (spec 8.3)', () => {
    const whole = sizeStatistics(specs, specs.map(({ kind }) => (kind === 'weight' ? 8 : 4)))
    expect(whole.current_model_size).toBe(27_758_080)
    expect([whole.compression_rate, whole.fractional_model_size]).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)])
    const learned = sizeStatistics(specs, specs.map(() => 6.5))
    expect(learned.current_model_size).toBe(3_469_760 * 6)
    expect(learned.compression_rate).toBeCloseTo(8 / 6, 12)
    expect(learned.fractional_model_size).toBeCloseTo(8 / 6.5, 12)
    expect(statisticsScalars(learned).slice(0, 4)).toEqual([
      { key: 'fracbits_quantization/current_model_size', value: 3_469_760 * 6 },
      { key: 'fracbits_quantization/fractional_model_size', value: learned.fractional_model_size },
      { key: 'fracbits_quantization/compression_rate', value: learned.compression_rate },
      { key: 'fracbits_quantization/frac_bits/nncf_module.features.0.0', value: 6.5 },
    ])
  })

  it('count and measure every kernel for itself where each has a width of its own', () => {
    const kernelWise = [{ ...weightSpec('a', 300), minBits: 2, maxBits: 8, kernels: 3 }, weightSpec('b', 0)]
    // The mean of 2.4, 2.4 and 7 rounds to 4; the kernels do not.
    const widths = [2.4, 2.4, 7, 8]
    const sizes = sizeStatistics(kernelWise, widths)
    expect([sizes.current_model_size, sizes.fractional_model_size]).toEqual([100 * (2 + 2 + 7), expect.closeTo(2400 / 1180, 6)])
    expect(sizes.frac_bits).toEqual({ 'nncf_module.a': expect.closeTo(11.8 / 3, 9) as number })
    const text = quantizationStatistics(network, kernelWise, { widths, signed: [1, 0] }).replaceAll(/ +/g, ' ')
    expect(text).toContain('distribution, a weight quantizer for each kernel')
    for (const row of ['8 | 0.00 % (0 / 3) | 100.00 % (1 / 1) | 25.00 % (1 / 4)', '7 | 33.33 % (1 / 3) | 0.00 % (0 / 1) | 25.00 % (1 / 4)', '2 | 66.67 % (2 / 3) | 0.00 % (0 / 1) | 50.00 % (2 / 4)']) expect(text).toContain(row)
  })
})

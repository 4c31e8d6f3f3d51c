import { describe, expect, it } from 'vitest'
import type { IntegerGrid } from './integer-grid'
import { weightHistogram } from './weight-histogram'

const spec = { id: 'fc|WEIGHT', layer: 'fc' }
const grid = (factor: number): IntegerGrid => ({ factor, zeroPoint: 0, lowest: -8, highest: 7, low: -8 / factor, high: 7 / factor })

describe('a histogram of weights', () => {
  it('counts by place on the grid of each channel, and what is clamped', () => {
    // Two channels of four: the second grid is eight times as fine.
    const { latent, quantized, clamped, channels, step } = weightHistogram(spec, Float32Array.of(0, 1.25, -8, 40, 0, 0.15625, -1, 0.875), { bits: 4, kernelBits: null, grids: [grid(1), grid(8)] })
    expect([clamped, channels, step]).toEqual([1, 2, { smallest: 0.125, largest: 1 }])
    expect(quantized.width).toBe(1)
    // Codes: 0 1 -8 7 and 0 1 -8 7.
    expect(quantized.counts.map((count, index) => [index - 8, count]).filter(([, count]) => count !== 0)).toEqual([[-8, 2], [0, 2], [1, 2], [7, 2]])
    expect([latent.below, latent.above, latent.counts.reduce((a, b) => a + b)]).toEqual([0, 1, 7])
    const at = (place: number): number => latent.counts[Math.floor((place - latent.from) / latent.width)] ?? -1
    expect([at(0.01), at(1.26), at(-7.99), at(3)]).toEqual([2, 2, 2, 0])
    expect(latent.from).toBeLessThan(-8.5)
    expect(latent.from + latent.width * latent.counts.length).toBeGreaterThan(7.5)
  })

  it('puts kernels of fewer bits on the axis of the widest one, whose every second or fourth code they have', () => {
    const narrow: IntegerGrid = { factor: 1, zeroPoint: 0, lowest: -2, highest: 1, low: -2, high: 1 }
    const histogram = weightHistogram(spec, Float32Array.of(-2, -1, 0, 1, -8, -3, 0, 7), { bits: 4, kernelBits: [2, 4], grids: [narrow, grid(1)] })
    expect([histogram.lowest, histogram.highest, histogram.clamped, histogram.kernels]).toEqual([-8, 7, 0, { mean: 3, least: 2 }])
    expect(histogram.quantized.counts.map((count, index) => [index - 8, count]).filter(([, count]) => count !== 0)).toEqual([[-8, 2], [-4, 1], [-3, 1], [0, 2], [4, 1], [7, 1]])
  })

  it('puts codes together where there are too many to be told apart', () => {
    const wide: IntegerGrid = { factor: 1, zeroPoint: 0, lowest: -2048, highest: 2047, low: -2048, high: 2047 }
    const values = Float32Array.from({ length: 4096 }, (_, index) => index - 2048)
    const { latent, quantized } = weightHistogram(spec, values, { bits: 12, kernelBits: null, grids: [wide] })
    expect(quantized.width).toBe(latent.width)
    expect(new Set(quantized.counts)).toEqual(new Set([quantized.width]))
    expect(quantized.counts.length * quantized.width).toBe(4096)
  })
})

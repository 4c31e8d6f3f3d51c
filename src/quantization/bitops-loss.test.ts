import { describe, expect, it } from 'vitest'
import { CompressionConfig, SizeLossConfig } from '../contract/training-config'
import { costOf } from '../models/cost'
import { buildNetwork } from '../models/registry'
import { bitOperations } from '../contract/what-if'
import { bitOpsTerms } from './bit-operations'
import { bitOpsLoss } from './bitops-loss'
import { placeQuantizers } from './placement'
import { evaluateLoss } from './testing/evaluate-loss'

const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
const specs = placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization' }))
const terms = bitOpsTerms(network, specs)
const initialBits = specs.map((spec) => spec.initialBits)

const evaluate = (widths: readonly number[], loss: object) =>
  evaluateLoss(widths, (graph, bits) => bitOpsLoss(graph, SizeLossConfig.parse({ type: 'bitops', ...loss }), bits, terms, initialBits))

describe('bit operations', () => {
  it('are the multiply-adds of all quantized layers times both widths', () => {
    expect(terms.reduce((sum, { macs }) => sum + macs, 0)).toBe(costOf(network).macs)
    expect(terms.every(({ input }) => input !== null)).toBe(true)
    expect(bitOperations(terms, initialBits)).toBe(costOf(network).macs * 64)
  })

  it('of fractional widths are the expectation over the four combinations of neighbouring widths', () => {
    const [weight, input] = [5.3, 6.8]
    const points = (width: number): [number, number][] => [[Math.floor(width), 1 - (width % 1)], [Math.floor(width) + 1, width % 1]]
    const expectation = points(weight).flatMap(([w, p]) => points(input).map(([a, q]) => p * q * w * a)).reduce((sum, value) => sum + value, 0)
    expect(bitOperations([{ macs: 1, weight: 0, input: 1 }], [weight, input])).toBeCloseTo(expectation, 12)
    expect(bitOperations([{ macs: 1, weight: 0, input: null }], [weight])).toBeCloseTo(32 * weight, 12)
  })

  it('are pulled towards the target: value and gradient of both criteria, flipped or not', () => {
    const widths = specs.map((_, i) => 5 + (i % 5) * 0.7)
    const rate = (bits: readonly number[]): number => bitOperations(terms, initialBits) / bitOperations(terms, bits)
    for (const [criteria, flip_loss] of [['L1', false], ['L2', false], ['L1', true], ['L2', true]] as const) {
      const valueAt = (bits: readonly number[]): number => {
        const difference = flip_loss ? 1 / rate(bits) - 1 / 2 : rate(bits) - 2
        return 10 * (criteria === 'L1' ? Math.abs(difference) : difference ** 2)
      }
      const got = evaluate(widths, { criteria, flip_loss, compression_rate: 2, alpha: 10 })
      expect(got.loss).toBeCloseTo(valueAt(widths), 4)
      expect(got.rate).toBeCloseTo(rate(widths), 4)
      for (const index of [0, 1, 7, specs.length - 1]) {
        const moved = (by: number): number[] => widths.map((width, i) => (i === index ? width + by : width))
        expect(got.gradient[index]).toBeCloseTo((valueAt(moved(1e-4)) - valueAt(moved(-1e-4))) / 2e-4, 4)
      }
    }
  })
})

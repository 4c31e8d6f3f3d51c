import { describe, expect, it } from 'vitest'
import { CompressionConfig, SizeLossConfig } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { bitOperations, type BitOpsTerm } from '../contract/what-if'
import { bitOpsTerms } from './bit-operations'
import { costPerMac } from './hardware-cost'
import { hardwareLoss } from './hardware-loss'
import { placeQuantizers } from './placement'
import { evaluateLoss } from './testing/evaluate-loss'

const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
const specs = placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization' }))
const terms: readonly BitOpsTerm[] = [...bitOpsTerms(network, specs), { macs: 1e6, weight: 0, input: null }]
const initialBits = specs.map((spec) => spec.initialBits)
const table = { name: 'uneven', unit: 'cycles', weight_bits: [2, 4, 8], activation_bits: [4, 8, 12], cost: [[1, 3, 4], [2, 5, 7], [6, 8, 20]] }

const evaluate = (widths: readonly number[], loss: object) =>
  evaluateLoss(widths, (graph, bits) => hardwareLoss(graph, SizeLossConfig.parse({ type: 'hardware', ...loss }), bits, terms, initialBits, table))

/** The expectation over the four neighbours, written out. */
function expectedCost(widths: readonly number[]): number {
  const { at } = costPerMac(table)
  const points = (width: number): [number, number][] => [[Math.floor(width), 1 - (width % 1)], [Math.floor(width) + 1, width % 1]]
  return terms.reduce((sum, { macs, weight, input }) => {
    const inputs: [number, number][] = input === null ? [[16, 1]] : points(widths[input] ?? 0)
    const pairs = points(widths[weight] ?? 0).flatMap(([w, p]) => inputs.map(([a, q]) => p * q * at(w, a)))
    return sum + macs * pairs.reduce((total, part) => total + part, 0)
  }, 0)
}

describe('the cost by a hardware table', () => {
  it('is the table at its widths, the line between two of them, and its end beyond', () => {
    const { at } = costPerMac(table)
    expect([at(4, 8), at(8, 12), at(3, 8), at(6, 6), at(1, 4), at(16, 16)]).toEqual([5, 20, 4, (2 + 5 + 6 + 8) / 4, 1, 20])
  })

  it('is pulled towards the target: value and gradient of both criteria, flipped or not', () => {
    const widths = specs.map((_, i) => 4.3 + (i % 5) * 0.7)
    const rate = (bits: readonly number[]): number => expectedCost(initialBits) / expectedCost(bits)
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

  it('that is the product of the widths is the number of bit operations', () => {
    const all = [2, 4, 8, 12]
    const product = { name: 'product', unit: 'bit operations', weight_bits: all, activation_bits: all, cost: all.map((w) => all.map((a) => w * a)) }
    const quantized = terms.filter(({ input }) => input !== null)
    const widths = specs.map((_, i) => 4.3 + (i % 7))
    const { at } = costPerMac(product)
    const whole = widths.map(Math.round)
    expect(quantized.reduce((sum, { macs, weight, input }) => sum + macs * at(whole[weight] ?? 0, whole[input ?? 0] ?? 0), 0)).toBeCloseTo(bitOperations(quantized, whole), 3)
  })
})

import { describe, expect, it } from 'vitest'
import { CompressionConfig, type HardwareTable, SizeLossConfig } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { bitOpsTerms } from './bit-operations'
import { bitOpsLoss } from './bitops-loss'
import { costPerMac } from './hardware-cost'
import { kernelHardwareLoss, lossOfMeans } from './kernel-loss'
import { placeQuantizers } from './placement'
import { sizeCost } from './round-widths'
import { sizeLoss } from './size-loss'
import { evaluateLoss } from './testing/evaluate-loss'
import { widthsByQuantizer, widthSpecs } from './width-layout'

const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 0.25 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
const specs = placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', bit_widths: { granularity: 'kernel', min: 2, max: 8 } }))
const each = widthSpecs(specs)
const terms = bitOpsTerms(network, specs)
const initialBits = specs.map((spec) => spec.initialBits)
/** Not at whole widths, where a table's cost has a kink. */
const widths = each.map((_, i) => 3.3 + ((i * 7) % 10) * 0.37 + 0.01)
const bits = [2, 4, 8]
/** Neither linear in a width nor a product of two. */
const table: HardwareTable = { name: 'test', unit: 'cycles', weight_bits: bits, activation_bits: bits, cost: [[1, 2, 5], [3, 5, 11], [4, 9, 20]] }
const costs = costPerMac(table)

/** The mixture of the costs at the neighbouring whole widths. */
function mixed(w: number, a: number): number {
  const [f, g, p, q] = [Math.floor(w), Math.floor(a), w % 1, a % 1]
  return (1 - p) * (1 - q) * costs.at(f, g) + (1 - p) * q * costs.at(f, g + 1) + p * (1 - q) * costs.at(f + 1, g) + p * q * costs.at(f + 1, g + 1)
}

/** Cost written out: each kernel counts its share of its layer. */
const kinds = {
  model_size: (at: readonly number[]): number => at.reduce((sum, width, i) => sum + (each[i]?.elements ?? 0) * width, 0),
  bitops: (at: readonly number[]): number => overKernels(at, (w, a) => w * a),
  hardware: (at: readonly number[]): number => overKernels(at, mixed),
}

function overKernels(at: readonly number[], cost: (w: number, a: number) => number): number {
  const own = widthsByQuantizer(specs, at)
  return terms.reduce((sum, { macs, weight, input }) => {
    const kernels = own[weight] ?? []
    return sum + kernels.reduce((total, width) => total + (macs / kernels.length) * cost(width, own[input ?? -1]?.[0] ?? Number.NaN), 0)
  }, 0)
}

describe.each(['model_size', 'bitops', 'hardware'] as const)('the loss of %s with a width for each kernel', (type) => {
  it.each([
    ['L1', false],
    ['L2', true],
  ] as const)('has the value, rate and gradient of its formula: %s', (criteria, flip_loss) => {
    const config = SizeLossConfig.parse({ type, criteria, flip_loss, compression_rate: 2.5, alpha: 10 })
    const cost = kinds[type]
    const initial = cost(each.map(() => 8))
    const rateOf = (at: readonly number[]): number => initial / cost(at)
    const valueAt = (at: readonly number[]): number => {
      const difference = flip_loss ? 1 / rateOf(at) - 1 / 2.5 : rateOf(at) - 2.5
      return 10 * (criteria === 'L1' ? Math.abs(difference) : difference ** 2)
    }
    const got = evaluateLoss(widths, (graph, clamped) => {
      if (type === 'hardware') return kernelHardwareLoss(graph, config, clamped, specs, terms, table)
      return lossOfMeans(graph, specs, clamped, (means) => {
        if (type === 'bitops') return bitOpsLoss(graph, config, means, terms, initialBits)
        return sizeLoss(graph, config, means, graph.constant('float32', [specs.length], specs.map(({ elements }) => elements)), specs.length, sizeCost(specs)(initialBits))
      })
    })
    expect(got.rate).toBeCloseTo(rateOf(widths), 4)
    expect(got.loss).toBeCloseTo(valueAt(widths), 3)
    const scale = Math.max(...got.gradient.map(Math.abs))
    got.gradient.forEach((value, index) => {
      const moved = (by: number): number => valueAt(widths.map((width, i) => (i === index ? width + by : width)))
      expect(value / scale).toBeCloseTo((moved(1e-3) - moved(-1e-3)) / 2e-3 / scale, 3)
    })
  })
})

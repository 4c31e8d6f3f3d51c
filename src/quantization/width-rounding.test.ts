import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CompressionConfig, HardwareTable } from '../contract/training-config'
import { estimatedHarm } from '../contract/what-if'
import type { NetworkDefinition } from '../models/layers'
import { buildNetwork } from '../models/registry'
import { randomStream } from '../util/random'
import { type CostBudget, costBudget, costOfWidths } from './cost-budget'
import { RATE_TOLERANCE } from './exact-rounding'
import { placeQuantizers } from './placement'
import type { QuantizerSpec } from './quantizer-spec'
import { allowedWidths } from './round-widths'
import { weightSpec } from './testing/weight-spec'
import { roundToBudget } from './width-rounding'
import type { MeasuredGradients } from './width-sensitivity'

const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 0.5 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
/** Many layers, all of another size: two widths are enough to meet a budget. */
const manyLayers = buildNetwork({ model: 'mobilenet_v2_32x32', model_params: { width_mult: 0.5 }, num_classes: 10 }, { channels: 3, height: 32, width: 32 })
const table = (name: string): HardwareTable =>
  HardwareTable.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../configs/hardware', `${name}.json`), 'utf8')))

function subject(section: object, of = network): { specs: QuantizerSpec[]; budget: CostBudget } {
  const config = CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...section })
  const specs = placeQuantizers(of, config)
  return { specs, budget: costBudget(config, of, specs) }
}

const KINDS: readonly { name: string; section: object; of?: NetworkDefinition }[] = [
  { name: 'size, 1.5x', section: { loss: { compression_rate: 1.5 } } },
  { name: 'size, 2.5x from 2 bits on', section: { loss: { compression_rate: 2.5 }, bit_widths: { min: 2, max: 8 } } },
  { name: 'size in bytes', section: { loss: { size_bytes: 40_000 } } },
  { name: 'bit operations, 2x', section: { loss: { type: 'bitops', compression_rate: 2 } } },
  { name: 'bit operations, 3x', section: { loss: { type: 'bitops', compression_rate: 3 } } },
  { name: 'INT4 and INT8', section: { loss: { type: 'hardware', compression_rate: 1.4 }, hardware_table: table('int4-int8') }, of: manyLayers },
  { name: 'bit-serial', section: { loss: { type: 'hardware', compression_rate: 2 }, hardware_table: table('bit-serial') } },
]

/** Widths as training leaves them: spread around those that just meet the budget. */
function learned(specs: readonly QuantizerSpec[], budget: CostBudget, seed: number): number[] {
  const noise = randomStream(seed, 0)
  const at = (shift: number): number[] => specs.map((spec, i) => Math.min(spec.maxBits, Math.max(spec.minBits, shift + 1.2 * noise.normal(i))))
  let [low, high] = [0, 16]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (costOfWidths(budget, at(middle)) > budget.limit) high = middle
    else low = middle
  }
  return at(low)
}

/** Gradients without noise. */
const exactly = (mean: readonly number[]): MeasuredGradients => ({ mean, standardError: null })

describe.each(KINDS)('rounding to a budget of $name', ({ section, of }) => {
  const { specs, budget } = subject(section, of)
  const seeds = [1, 2, 3, 4, 5]

  it('is exact: never above it, and within half a percent below', () => {
    for (const seed of seeds) {
      const bits = learned(specs, budget, seed)
      const gradients = specs.map((_, i) => -Math.abs(randomStream(seed, 1).normal(i)))
      const { widths, outcome } = roundToBudget('exact', bits, specs, budget, exactly(gradients))
      expect(outcome.rate).toBeGreaterThanOrEqual(budget.targetRate)
      expect(outcome.rate).toBeLessThanOrEqual(budget.targetRate * (1 + RATE_TOLERANCE))
      expect(outcome.cost).toBe(costOfWidths(budget, widths))
      expect(widths.every((width, i) => allowedWidths(specs[i] ?? { minBits: 0, maxBits: 0 }).includes(width))).toBe(true)
    }
  })

  it('by an offset keeps it, and one bit more everywhere would not', () => {
    const bits = learned(specs, budget, 1)
    const { widths, outcome } = roundToBudget('offset', bits, specs, budget)
    expect(outcome.rate).toBeGreaterThanOrEqual(budget.targetRate)
    const wider = specs.map((spec, i) => allowedWidths(spec).find((width) => width > (widths[i] ?? 0)) ?? widths[i] ?? 0)
    expect(costOfWidths(budget, wider)).toBeGreaterThan(budget.limit)
  })

  it('names the widths that plain rounding would have had', () => {
    const bits = learned(specs, budget, 2)
    const plain = roundToBudget('plain', bits, specs, budget)
    const exact = roundToBudget('exact', bits, specs, budget)
    expect(plain.outcome.flips).toEqual([])
    const undone = [...exact.widths]
    for (const { quantizer, from, to } of exact.outcome.flips) {
      expect(undone[quantizer]).toBe(to)
      undone[quantizer] = from
    }
    expect(undone).toEqual(plain.widths)
  })
})

describe('exact rounding', () => {
  const config = (rate: number): CompressionConfig => CompressionConfig.parse({ algorithm: 'fracbits_quantization', loss: { compression_rate: rate } })

  it('meets every target that the bounds allow and never leaves them', () => {
    const layer = fc.record({ elements: fc.integer({ min: 1, max: 10_000 }), bits: fc.float({ min: 2, max: 14, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 12 }), fc.double({ min: 1, max: 2, noNaN: true }), (layers, target) => {
        const specs = layers.map(({ elements }, i) => weightSpec(String(i), elements))
        for (const method of ['offset', 'exact'] as const) {
          const { widths, outcome } = roundToBudget(method, layers.map(({ bits }) => bits), specs, costBudget(config(target), network, specs))
          expect(outcome.rate).toBeGreaterThanOrEqual(target * (1 - 1e-12))
          expect(widths.every((width) => Number.isInteger(width) && width >= 4 && width <= 12)).toBe(true)
        }
      }),
    )
  })

  it('takes the bit from the layer that it harms least, and leaves what costs nothing alone', () => {
    const specs = [weightSpec('a', 100), weightSpec('b', 100), weightSpec('input', 0)]
    const budget = costBudget(config(16 / 11), network, specs)
    const widthsWith = (gradients: number[]): readonly number[] => roundToBudget('exact', [5.5, 5.5, 7.9], specs, budget, exactly(gradients)).widths
    expect(widthsWith([-1, -2, 0])).toEqual([5, 6, 8])
    expect(widthsWith([-2, -1, 0])).toEqual([6, 5, 8])
  })

  it('says so where nothing narrow enough is allowed', () => {
    const specs = [weightSpec('a', 100)]
    const { outcome, widths } = roundToBudget('exact', [5], specs, costBudget(config(4), network, specs))
    expect([widths, outcome.rate, outcome.targetRate]).toEqual([[4], 2, 4])
  })

  it('estimates harm as the noise power that widths leave: the slope at the start, and a quarter a bit', () => {
    const slope = (estimatedHarm(3, 5, 5 + 1e-6) - estimatedHarm(3, 5, 5 - 1e-6)) / 2e-6
    expect(slope).toBeCloseTo(-3, 5)
    const c = 3 / Math.log(4) / 4 ** -5
    for (const to of [3, 4, 6]) expect(estimatedHarm(3, 5, to)).toBeCloseTo(c * (4 ** -to - 4 ** -5), 9)
  })
})

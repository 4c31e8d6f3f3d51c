import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CompressionConfig, HardwareTable } from '../contract/training-config'
import { estimatedHarm } from '../contract/what-if'
import { buildNetwork } from '../models/registry'
import { randomStream } from '../util/random'
import { costBudget, costOfWidths } from './cost-budget'
import { RATE_TOLERANCE } from './exact-rounding'
import { placeQuantizers } from './placement'
import type { QuantizerSpec } from './quantizer-spec'
import { allowedWidths } from './round-widths'
import { weightSpec } from './testing/weight-spec'
import { isKernelWise, widthSpecs } from './width-layout'
import { roundToBudget } from './width-rounding'
import type { MeasuredGradients } from './width-sensitivity'

const network = buildNetwork({ model: 'mobilenet_v2_32x32', model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 3, height: 32, width: 32 })
const table = HardwareTable.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../configs/hardware/int4-int8.json'), 'utf8')))

function subject(section: object) {
  const config = CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...section })
  const specs = placeQuantizers(network, config)
  return { specs, each: widthSpecs(specs), budget: costBudget(config, network, specs) }
}

const kernelWise = { granularity: 'kernel', min: 2, max: 8 }
const KINDS = [
  { name: 'the size', section: { bit_widths: kernelWise, loss: { compression_rate: 2 } } },
  { name: 'the size in bytes, first and last layer pinned', section: { bit_widths: { ...kernelWise, first_last_bits: 8 }, loss: { size_bytes: 1_000_000 } } },
  { name: 'bit operations', section: { bit_widths: kernelWise, loss: { type: 'bitops', compression_rate: 4 } } },
  { name: 'the cost on a device of 4 and 8 bits', section: { bit_widths: { granularity: 'kernel' }, loss: { type: 'hardware', compression_rate: 1.5 }, hardware_table: table } },
]

/** Gradients without noise. */
const exactly = (mean: readonly number[]): MeasuredGradients => ({ mean, standardError: null })

describe.each(KINDS)('thousands of kernels under a budget of $name', ({ section }) => {
  const { specs, each, budget } = subject(section)
  const noise = randomStream(5, 0)
  const bits = each.map((spec, i) => Math.min(spec.maxBits, Math.max(spec.minBits, 4.5 + 1.2 * noise.normal(i))))
  const gradients = each.map((spec, i) => -Math.abs(noise.normal(50_000 + i)) * (spec.elements + 1))

  it('are more than ten thousand, and cost at eight bits what layers do', () => {
    expect(isKernelWise(specs)).toBe(true)
    expect(each.length).toBeGreaterThan(10_000)
    const layers = subject({ ...section, bit_widths: { ...section.bit_widths, granularity: 'layer' } })
    expect(budget.initial).toBeCloseTo(layers.budget.initial, 3)
    const same = roundToBudget('plain', each.map(() => 8), specs, budget)
    expect(same.outcome.cost).toBeCloseTo(roundToBudget('plain', layers.specs.map(() => 8), layers.specs, layers.budget).outcome.cost, 3)
  })

  it('keep it when they are rounded exactly, and use it up but for half a percent', () => {
    const { widths, outcome } = roundToBudget('exact', bits, specs, budget, exactly(gradients))
    expect(costOfWidths(budget, widths)).toBeLessThanOrEqual(budget.limit)
    expect(outcome.rate).toBeLessThanOrEqual(budget.targetRate * (1 + RATE_TOLERANCE))
    expect(widths.every((width, i) => allowedWidths(each[i] ?? { minBits: 0, maxBits: 0 }).includes(width))).toBe(true)
    expect(outcome.sensitivities?.length).toBe(specs.length)
    expect(outcome.flips.every(({ quantizer }) => specs[quantizer]?.kernels === undefined)).toBe(true)
    expect(outcome.kernelFlips).toBeGreaterThan(0)
  })

  it('keep it when they are rounded by an offset', () => {
    const { widths, outcome } = roundToBudget('offset', bits, specs, budget)
    expect(costOfWidths(budget, widths)).toBeLessThanOrEqual(budget.limit)
    expect(outcome.cost).toBe(costOfWidths(budget, widths))
  })
})

/** Every way to give each width one of 2 to 5 bits. */
function allWidths(count: number): number[][] {
  let all: number[][] = [[]]
  for (let i = 0; i < count; i++) all = all.flatMap((one) => [2, 3, 4, 5].map((bits) => [...one, bits]))
  return all
}

describe('kernels of few layers', () => {
  const kernels = fc.record({ elements: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 1, max: 3 }) })
  // Between these every width of 2 to 5 bits is near enough to be tried at first.
  const learned = fc.double({ min: 3.01, max: 3.99, noNaN: true })

  it('are rounded as trying everything would, and a layer in between that has one width too', () => {
    fc.assert(
      fc.property(
        fc.tuple(kernels, kernels, fc.integer({ min: 1, max: 9 })),
        fc.array(fc.tuple(learned, fc.double({ min: 0.1, max: 5, noNaN: true })), { minLength: 7, maxLength: 7 }),
        fc.double({ min: 1.7, max: 3.8, noNaN: true }),
        ([first, last, middle], values, target) => {
          const layer = (id: string, { elements, count }: { elements: number; count: number }): QuantizerSpec => ({ ...weightSpec(id, elements * count), minBits: 2, maxBits: 5, kernels: count })
          const specs = [layer('a', first), { ...weightSpec('b', middle), minBits: 2, maxBits: 5 }, layer('c', last)]
          const each = widthSpecs(specs)
          const budget = costBudget(CompressionConfig.parse({ algorithm: 'fracbits_quantization', loss: { compression_rate: target } }), network, specs)
          const bits = each.map((_, i) => values[i]?.[0] ?? 3.5)
          const gradients = each.map((_, i) => -(values[i]?.[1] ?? 1))
          const harmOf = (widths: readonly number[]): number => widths.reduce((sum, to, i) => sum + estimatedHarm(-(gradients[i] ?? 0), bits[i] ?? 0, to), 0)
          const fitting = allWidths(each.length).filter((widths) => costOfWidths(budget, widths) <= budget.limit)
          const inside = fitting.filter((widths) => costOfWidths(budget, widths) >= budget.limit / (1 + RATE_TOLERANCE))
          const best = Math.min(...(inside.length > 0 ? inside : fitting).map(harmOf))
          const { widths, outcome } = roundToBudget('exact', bits, specs, budget, exactly(gradients))
          expect(outcome.cost).toBeLessThanOrEqual(budget.limit)
          expect(harmOf(widths)).toBeCloseTo(best, 9)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('give the bit to the kernel that needs it, and all their fewest where nothing narrow enough is allowed', () => {
    const specs = [{ ...weightSpec('a', 30), minBits: 2, maxBits: 8, kernels: 3 }]
    const budgetAt = (rate: number) => costBudget(CompressionConfig.parse({ algorithm: 'fracbits_quantization', loss: { compression_rate: rate } }), network, specs)
    expect(roundToBudget('exact', [4.5, 4.5, 4.5], specs, budgetAt(24 / 13), exactly([-1, -5, -1])).widths).toEqual([4, 5, 4])
    expect(roundToBudget('exact', [4.5, 4.5, 4.5], specs, budgetAt(24 / 13), exactly([-5, -1, -1])).widths).toEqual([5, 4, 4])
    expect(roundToBudget('exact', [4.5, 4.5, 4.5], specs, budgetAt(5), null).widths).toEqual([2, 2, 2])
  })
})

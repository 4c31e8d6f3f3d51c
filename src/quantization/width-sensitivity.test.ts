import { describe, expect, it } from 'vitest'
import { CompressionConfig } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { costBudget } from './cost-budget'
import { exactRoundings, roundToBudget } from './width-rounding'
import { sensitivitiesOf } from './width-sensitivity'
import { weightSpec } from './testing/weight-spec'

const COSTS = [100, 300, 600]

describe('sensitivities', () => {
  it('are the measured gradients where those are exact', () => {
    expect(sensitivitiesOf({ mean: [-1, -5, -4], standardError: null }, COSTS)).toEqual([1, 5, 4])
  })

  it('are in proportion to what a bit costs where nothing is known, or all is noise', () => {
    expect(sensitivitiesOf(null, COSTS)).toEqual(COSTS)
    const noise = sensitivitiesOf({ mean: [-9, 4, -5], standardError: [1e6, 1e6, 1e6] }, COSTS)
    noise.forEach((value, i) => expect(value).toBeCloseTo(10 * ((COSTS[i] ?? 0) / 1000), 6))
  })

  it('follow a measured gradient as far as it is more than noise', () => {
    // A tenth of 10 is expected of the first; the error is as large.
    const [first] = sensitivitiesOf({ mean: [-4, -2, -4], standardError: [1, 0, 0] }, COSTS)
    expect(first).toBeCloseTo(0.5 * 4 + 0.5 * 1, 12)
  })

  it('are believed as far as it is said: wholly, not at all, or between by the geometric mean', () => {
    const measured = { mean: [-1, -5, -4], standardError: null }
    expect(sensitivitiesOf(measured, COSTS, 0)).toEqual([1, 3, 6])
    sensitivitiesOf(measured, COSTS, 0.5).forEach((value, i) => { expect(value).toBeCloseTo(Math.sqrt([1, 15, 24][i] ?? 0), 12) })
  })

  it('of what costs nothing are what was measured, and never below zero', () => {
    expect(sensitivitiesOf({ mean: [-1, -2, 3], standardError: null }, [1, 0, 0])).toEqual([1, 2, 0])
  })
})

describe('exact rounding by gradients that are noise', () => {
  it('gives about what one offset for all widths gives, instead of taking the bits from those that noise calls harmless', () => {
    const sizes = [500, 500, 1000, 2000, 2000, 4000]
    const specs = sizes.map((elements, i) => weightSpec(String(i), elements))
    const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 0.25 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
    const config = CompressionConfig.parse({ algorithm: 'fracbits_quantization', loss: { compression_rate: 1.6 } })
    const budget = costBudget(config, network, specs)
    const learned = [7.4, 6.9, 6.6, 6.2, 6.4, 5.8]
    const noise = { mean: [0.3, -0.2, 0.1, -0.4, 0.2, -0.2], standardError: sizes.map(() => 1) }
    const offset = roundToBudget('offset', learned, specs, budget).widths
    const exact = roundToBudget('exact', learned, specs, budget, noise).widths
    exact.forEach((width, i) => expect(Math.abs(width - (offset[i] ?? 0))).toBeLessThanOrEqual(1))
  })

  it('has candidates within the budget from wholly believed gradients to none, each once', () => {
    const specs = [100, 100, 400].map((elements, i) => weightSpec(String(i), elements))
    const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 0.25 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
    const budget = costBudget(CompressionConfig.parse({ algorithm: 'fracbits_quantization', loss: { compression_rate: 1.4 } }), network, specs)
    const learned = [5.9, 5.8, 5.7]
    const found = exactRoundings(learned, specs, budget, { mean: [-9, -0.1, -1], standardError: [0, 0, 0] })
    expect(found[0]?.widths).toEqual(roundToBudget('exact', learned, specs, budget, { mean: [-9, -0.1, -1], standardError: [0, 0, 0] }).widths)
    expect(found.at(-1)?.widths).toEqual(roundToBudget('exact', learned, specs, budget).widths)
    expect(new Set(found.map(({ widths }) => widths.join())).size).toBe(found.length)
    expect(found.length).toBeGreaterThan(1)
    for (const { outcome } of found) expect(outcome.cost).toBeLessThanOrEqual(budget.limit)
  })
})

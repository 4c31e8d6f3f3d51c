import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import { Session } from '../tensor/session'
import { bitWidths } from './bit-widths'
import type { CostBudget } from './cost-budget'
import { fractionalGradient, fractionalQuantize } from './fractional-quantizer'
import { weightSpec } from './testing/weight-spec'
import { roundToBudget } from './width-rounding'

/** The page without its line ends and the padding of its tables. */
const page = readFileSync(join(import.meta.dirname, '../../docs/method.md'), 'utf8')
  .replaceAll(/ +/g, ' ')
  .replaceAll('\n', ' ')
const rounded = (value: number | undefined): string => (value ?? Number.NaN).toFixed(3).replace('-', '−')

/** The value 0.3 at a signed symmetric range of 1, and how it changes with the width. */
function quantized(bits: number): { value: number | undefined; byWidth: number | undefined } {
  const graph = new Graph()
  const one = (value: number) => graph.constant('float32', [1], [value])
  const { levels } = bitWidths(
    graph,
    { bits: one(bits), frozen: one(0), minBits: one(2), maxBits: one(8), halfRange: one(0), signed: one(1) },
    { integer: false },
  )
  const [row] = op.unpack(graph, levels, 1)
  if (!row) throw new RangeError('one row')
  const form = { mode: 'symmetric', perChannel: false, logarithmic: false } as const
  const x = graph.constant('float32', [1, 1], [0.3])
  const gradient = fractionalGradient(graph, form, x, graph.constant('float32', [1, 1], [1]), [one(1)], row)
  const y = fractionalQuantize(graph, form, x, [one(1)], row)
  const session = new Session(graph)
  try {
    const [value, byWidth] = session.run([], [y, gradient.bits])
    return { value: value?.[0], byWidth: byWidth?.[0] }
  } finally {
    session.close()
  }
}

describe('the examples of docs/method.md', () => {
  it('quantize as the quantizer does', () => {
    const [three, four, between] = [quantized(3), quantized(4), quantized(3.4)]
    expect(page).toContain(`3 bits make it ${rounded(three.value)}, 4 bits ${rounded(four.value)}, and 3.4 bits ${rounded(between.value)}`)
    expect(page).toContain(`by the width is ${rounded(between.byWidth)}`)
  })

  it('round as a freeze does', () => {
    const layers = [
      { weights: 1000, bits: 5.4, gradient: -0.08 },
      { weights: 2000, bits: 4.6, gradient: -0.05 },
      { weights: 4000, bits: 5.6, gradient: -0.06 },
    ]
    const specs = layers.map(({ weights }, index) => weightSpec(`layer${index}`, weights))
    const initial = 8 * layers.reduce((sum, { weights }) => sum + weights, 0)
    const budget: CostBudget = {
      kind: 'model_size',
      unit: 'bits',
      initial,
      limit: initial / 1.5,
      targetRate: 1.5,
      terms: layers.map(({ weights }, weight) => ({ weight, input: null, cost: (bits) => weights * bits })),
    }
    for (const method of ['plain', 'offset', 'exact'] as const) {
      const { widths, outcome } = roundToBudget(
        method,
        layers.map(({ bits }) => bits),
        specs,
        budget,
        { mean: layers.map(({ gradient }) => gradient), standardError: null },
      )
      expect(page).toContain(`| ${method} | ${widths.join(', ')} | ${outcome.cost.toLocaleString('en')} | ${outcome.rate.toFixed(3)} |`)
    }
  })
})

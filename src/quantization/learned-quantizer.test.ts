import { describe, expect, it } from 'vitest'
import { Graph } from '../tensor/graph'
import { matrixMultiply } from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import { type Feed, Session } from '../tensor/session'
import type { Tensor } from '../tensor/types'
import { randomStream } from '../util/random'
import { bitWidths } from './bit-widths'
import { fractionalGradient, fractionalQuantize } from './fractional-quantizer'
import { asymmetricRange, RANGE_EPSILON, symmetricRange } from './integer-quantizer'
import { rangesFromStatistics } from './range-initialisation'

const [OUTPUTS, INPUTS, SAMPLES, STEPS, RATE, NOISE, SEED] = [100, 10, 1000, 100, 0.1, 0.2, 3003]

/** Weights on a grid of 4 bits, inputs, and what they give with noise (spec 12). */
function linearProblem(): { weights: number[]; inputs: number[]; targets: number[] } {
  const [ofWeights, ofInputs, ofNoise] = [randomStream(SEED, 0), randomStream(SEED, 1), randomStream(SEED, 2)]
  const weights = Array.from({ length: OUTPUTS * INPUTS }, (_, i) => (ofWeights.below(i, 16) - 8) / 16)
  const inputs = Array.from({ length: SAMPLES * INPUTS }, (_, i) => ofInputs.normal(i))
  const product = (row: number, sample: number): number =>
    Array.from({ length: INPUTS }, (_, k) => (weights[row * INPUTS + k] ?? 0) * (inputs[sample * INPUTS + k] ?? 0)).reduce(
      (sum, value) => sum + value,
      0,
    )
  const targets = Array.from({ length: OUTPUTS * SAMPLES }, (_, i) => product(Math.floor(i / SAMPLES), i % SAMPLES) + NOISE * ofNoise.normal(i))
  return { weights, inputs, targets }
}

interface Learned {
  readonly error: number
  readonly low: number
  readonly high: number
  readonly width: number
}

/** Plain gradient descent on the parameters of one quantizer of the weights, from a range ten times too small. */
function learn(mode: 'symmetric' | 'asymmetric', { pullsWidth }: { pullsWidth: boolean }): Learned {
  const { weights, inputs, targets } = linearProblem()
  const statistics = { min: Float32Array.of(0.1 * Math.min(...weights)), max: Float32Array.of(0.1 * Math.max(...weights)) }
  const start = rangesFromStatistics('weights', { mode, forceSigned: null }, statistics)
  const state = new Map(
    start.mode === 'symmetric'
      ? [['scale', start.scale]]
      : [
          ['low', start.inputLow],
          ['range', start.inputRange],
        ],
  )
  state.set('bits', Float32Array.of(8))

  const graph = new Graph()
  const fed = new Map([...state.keys()].map((name) => [name, graph.placeholder(name, 'float32', [1])]))
  const bits = fed.get('bits') ?? graph.scalar(Number.NaN)
  const parameters = [...fed].flatMap(([name, tensor]) => (name === 'bits' ? [] : [tensor]))
  const one = (value: number): Tensor => graph.constant('float32', [1], [value])
  const inputsOfWidths = {
    bits,
    frozen: one(0),
    minBits: one(4),
    maxBits: one(12),
    halfRange: one(0),
    signed: one(start.mode === 'symmetric' && start.signed ? 1 : 0),
  }
  const widths = bitWidths(graph, inputsOfWidths, { integer: false })
  const [row] = op.unpack(graph, widths.levels, 1)
  if (!row) throw new RangeError('one row')
  const form = { mode, perChannel: false, logarithmic: false }
  const w = graph.constant('float32', [OUTPUTS, INPUTS], weights)
  const x = graph.constant('float32', [SAMPLES, INPUTS], inputs)
  const quantized = fractionalQuantize(graph, form, w, parameters, row)
  const off = op.subtract(graph, matrixMultiply(graph, quantized, x, { b: true }), graph.constant('float32', [OUTPUTS, SAMPLES], targets))
  const error = op.reduceMean(graph, op.square(graph, off), [0, 1])
  const outer = op.multiply(graph, matrixMultiply(graph, off, x), graph.scalar(2 / (OUTPUTS * SAMPLES)))
  const gradient = fractionalGradient(graph, form, w, outer, parameters, row)
  const pull = op.multiply(graph, op.subtract(graph, widths.clamped, graph.scalar(4)), graph.scalar(pullsWidth ? 2 : 0))
  const ofBits = op.multiply(graph, op.add(graph, gradient.bits, pull), widths.gradientMask)

  const [, , lowest = bits, highest = bits] = op.unpack(graph, bitWidths(graph, inputsOfWidths, { integer: true }).levels, 6, 1)
  const [first = bits, second = bits] = parameters
  const grid = { low: lowest, high: highest }
  const range = mode === 'symmetric' ? symmetricRange(graph, first, grid, RANGE_EPSILON) : asymmetricRange(graph, first, second, grid, RANGE_EPSILON)
  const session = new Session(graph)
  try {
    const feeds = (): Feed[] => [...fed].map(([name, to]) => ({ to, dtype: 'float32', shape: [1], data: state.get(name) ?? new Float32Array(1) }))
    for (let step = 0; step < STEPS; step++) {
      const gradients = session.run(feeds(), [...gradient.parameters, ofBits])
      ;[...state.values()].forEach((value, i) => (value[0] = (value[0] ?? 0) - RATE * (gradients[i]?.[0] ?? Number.NaN)))
    }
    const [finalError, low, extent, width] = session
      .run(feeds(), [error, range.low, range.range, widths.rounded])
      .map((value) => value[0] ?? Number.NaN)
    if (finalError === undefined || low === undefined || extent === undefined || width === undefined) throw new RangeError('results')
    return { error: finalError, low, high: low + extent, width }
  } finally {
    session.close()
  }
}

describe('a quantizer of the weights of a linear problem', () => {
  it.each(['symmetric', 'asymmetric'] as const)('learns their range (%s)', (mode) => {
    const { error, low, high } = learn(mode, { pullsWidth: false })
    expect(error).toBeLessThan(1.1 * NOISE ** 2)
    expect(low).toBeLessThan(-0.45)
    expect(high).toBeGreaterThan(0.3875)
  })

  it.each(['symmetric', 'asymmetric'] as const)('learns their 4 bits too where the width is pulled there (%s)', (mode) => {
    const { error, low, high, width } = learn(mode, { pullsWidth: true })
    expect(width).toBe(4)
    expect(error).toBeLessThan(1.1 * NOISE ** 2)
    expect(low).toBeLessThan(-0.45)
    expect(high).toBeGreaterThan(0.3875)
  })
})

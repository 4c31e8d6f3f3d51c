import { describe, expect, it } from 'vitest'
import { type FractionalForm, fractionalGradient, fractionalQuantize } from '../quantization/fractional-quantizer'
import { bitWidths } from '../quantization/bit-widths'
import { mixedGrids } from '../quantization/grid-table'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { Graph } from '../tensor/graph'
import * as nn from '../tensor/nn-ops'
import * as op from '../tensor/ops'
import { Session } from '../tensor/session'
import type { Tensor } from '../tensor/types'
import { randomStream } from '../util/random'
import { type ChainForm, emitChain, emitChainGradient } from './pointwise-chain'

const EPSILON = 1e-3
const MOMENTUM = 0.1

interface Case {
  readonly rows: number
  readonly channels: number
  readonly form: ChainForm
}

const norm = (statistics: 'batch' | 'running'): ChainForm['norm'] => ({ statistics, epsilon: EPSILON, momentum: MOMENTUM })
const quantizer = (more: Partial<NonNullable<ChainForm['quantizer']>> = {}): ChainForm['quantizer'] => ({
  perChannel: false,
  asymmetric: false,
  integer: false,
  ...more,
})

const cases: Record<string, Case> = {
  'a normalisation, a clipped activation and a quantizer with a range per channel': {
    rows: 24,
    channels: 8,
    form: { norm: norm('batch'), adds: false, activation: 'relu6', quantizer: quantizer({ perChannel: true }) },
  },
  'a normalisation and an asymmetric quantizer, on an odd number of rows': {
    rows: 11,
    channels: 3,
    form: { norm: norm('batch'), adds: false, activation: null, quantizer: quantizer({ asymmetric: true }) },
  },
  'running statistics and an activation, in float': {
    rows: 6,
    channels: 5,
    form: { norm: norm('running'), adds: false, activation: 'relu', quantizer: null },
  },
  'a sum, an activation and a quantizer': { rows: 20, channels: 4, form: { norm: null, adds: true, activation: 'relu', quantizer: quantizer() } },
  'an asymmetric quantizer with a range per channel, alone': {
    rows: 9,
    channels: 6,
    form: { norm: null, adds: false, activation: null, quantizer: quantizer({ asymmetric: true, perChannel: true }) },
  },
}

/** Largest difference between the compiled chain and the layers and quantizer one by one, by what is compared. */
function differences({ rows, channels, form }: Case): Map<string, number> {
  const graph = new Graph()
  const random = randomStream(17, rows)
  let drawn = 0
  const draw = (shape: readonly number[], low: number, high: number): Tensor =>
    graph.constant(
      'float32',
      shape,
      Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => Math.fround(low + (high - low) * random.uniform(drawn++))),
    )
  const x = draw([rows, channels], -3, 9)
  const addend = form.adds ? draw([rows, channels], -2, 2) : null
  const gradient = draw([rows, channels], -1, 1)
  const vectors = form.norm
    ? { scale: draw([channels], 0.5, 2), shift: draw([channels], -1, 2), mean: draw([channels], 2, 4), variance: draw([channels], 5, 9) }
    : null
  const ranges = form.quantizer?.perChannel === true ? channels : 1
  const mode = form.quantizer?.asymmetric === true ? ('asymmetric' as const) : ('symmetric' as const)
  const parameters = mode === 'asymmetric' ? [draw([ranges], -0.9, -0.2), draw([ranges], 1, 2)] : [draw([ranges], 0.7, 1.5)]
  const one = (value: number): Tensor => graph.constant('float32', [1], [value])
  const { levels } = bitWidths(
    graph,
    { bits: one(5.3), frozen: one(0), minBits: one(4), maxBits: one(12), halfRange: one(0), signed: one(mode === 'symmetric' ? 1 : 0) },
    { integer: false },
  )
  const id = 'q'
  const spec: QuantizerSpec = {
    id,
    kind: 'activation',
    layer: id,
    points: [{ id, layer: id, node: id, nncfId: id, order: 0, quantizes: [] }],
    stateKey: id,
    mode,
    ranges,
    perChannel: ranges > 1,
    scaleShape: [ranges],
    forceSigned: null,
    logarithmic: false,
    halfRange: false,
    initialBits: 8,
    minBits: 4,
    maxBits: 12,
    elements: 0,
  }
  const [grid] = mixedGrids(graph, [spec], [parameters], levels)
  const place = { graph, compileFrom: 1 }
  const inputs = { x, addend, norm: vectors, grid: form.quantizer && (grid ?? null) }
  const output = emitChain(place, form, { rows, channels }, inputs)
  const gradients = emitChainGradient(place, form, { rows, channels }, inputs, output, gradient)

  // The same, one by one.
  const image = (tensor: Tensor): Tensor => op.reshape(graph, tensor, [rows, 1, 1, channels])
  const matrix = (tensor: Tensor): Tensor => op.reshape(graph, tensor, [rows, channels])
  const training = form.norm?.statistics === 'batch'
  const normalised = vectors && nn.batchNorm(graph, image(x), vectors, { epsilon: EPSILON, momentum: MOMENTUM, training })
  const before = normalised ? matrix(normalised.y) : x
  const sum = addend ? op.add(graph, before, addend) : before
  const active = form.activation ? nn.activation(graph, form.activation, sum) : sum
  const [row] = op.unpack(graph, levels, 1)
  if (!row) throw new RangeError('row')
  const plain: FractionalForm = { mode, perChannel: ranges > 1, logarithmic: false }
  const y = form.quantizer ? fractionalQuantize(graph, plain, active, parameters, row) : active
  const quantized = form.quantizer ? fractionalGradient(graph, plain, active, gradient, parameters, row) : null
  const outer = quantized ? quantized.x : gradient
  const inner = form.activation ? nn.activationGradient(graph, form.activation, outer, active) : outer
  const ofNorm =
    normalised && vectors
      ? nn.batchNormGradient(graph, image(inner), image(x), vectors.scale, normalised.reserved, { epsilon: EPSILON, training })
      : null

  const pairs: [string, Tensor, Tensor][] = [
    ['output', output.y, y],
    ['gradient of x', gradients.x, ofNorm ? matrix(ofNorm.x) : inner],
  ]
  if (ofNorm && gradients.norm)
    pairs.push(['gradient of the scale', gradients.norm.scale, ofNorm.scale], ['gradient of the shift', gradients.norm.shift, ofNorm.shift])
  if (output.running && normalised)
    pairs.push(['running mean', output.running.mean, normalised.mean], ['running variance', output.running.variance, normalised.variance])
  const [first, second] = quantized?.parameters ?? []
  if (gradients.quantizer && quantized && first) {
    pairs.push(
      ['gradient of the range', gradients.quantizer.range, second ?? first],
      ['gradient of the width', gradients.quantizer.bits, quantized.bits],
    )
    if (gradients.quantizer.low) pairs.push(['gradient of the low end', gradients.quantizer.low, first])
  }
  const session = new Session(graph)
  try {
    const values = session.run(
      [],
      pairs.flatMap(([, got, want]) => [got, want]),
    )
    return new Map(
      pairs.map(([what], i) => [
        what,
        Math.max(
          ...Array.from(
            values[2 * i] ?? [Number.NaN],
            (value, k) => Math.abs(value - (values[2 * i + 1]?.[k] ?? Number.NaN)) / Math.max(1, Math.abs(value)),
          ),
        ),
      ]),
    )
  } finally {
    session.close()
  }
}

describe('a compiled chain computes what its parts do', () => {
  it.each(Object.entries(cases))('%s', (_, given) => {
    const off = [...differences(given)].filter(([, difference]) => !(difference <= 2e-5))
    expect(off).toEqual([])
  })
})

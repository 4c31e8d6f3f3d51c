import { describe, expect, it } from 'vitest'
import { initialValues } from '../models/initial-values'
import type { NetworkDefinition } from '../models/layers'
import { createNetworkBuilder } from '../models/network-builder'
import { parametersOf } from '../models/parameter-list'
import { bitWidths } from '../quantization/bit-widths'
import { placeQuantizers } from '../quantization/placement'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { Graph } from '../tensor/graph'
import { Session } from '../tensor/session'
import { randomStream } from '../util/random'
import { emitPass } from './network-pass'
import { createQuantizerEmitter } from './quantizer-emitter'

const BATCH = 2
const CLASSES = 3
const IGNORED = 'Net/__add___0'

/** A concatenation whose parts share a quantizer, read by a sum in float and a convolution with a quantizer of its own. */
function network(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'net', className: 'Net', input: [5, 5, 2], numClasses: CLASSES })
  const stem = net.conv('stem', net.input, { out: 3, kernel: 3 })
  const joined = net.concat([net.conv('a', stem, { out: 2, kernel: 3 }), net.conv('b', stem, { out: 4, kernel: 1 })])
  const wide = net.conv('wide', joined, { out: 6, kernel: 1 })
  const sum = net.add(net.conv('late', wide, { out: 6, kernel: 1 }), wide)
  return net.finish(net.linear('fc', net.globalAveragePool('pool', sum), { out: CLASSES }))
}

interface Result {
  readonly logits: Float32Array
  /** By point: gradients of width and scale of the quantizer there. */
  readonly gradients: ReadonlyMap<string, readonly [bits: number, scale: number]>
  readonly weights: ReadonlyMap<string, Float32Array>
}

/** One pass with all widths at 4.25 and all scales at 0.8; the loss is a fixed weighting of the logits. */
function compute(specs: readonly QuantizerSpec[]): Result {
  const definition = network()
  const values = initialValues(definition, 11)
  const graph = new Graph()
  const stored = new Map(
    parametersOf(definition).map(({ name, shape }) => [name, graph.constant('float32', shape, Array.from(values.get(name) ?? []))]),
  )
  const random = randomStream(5, 0)
  const images = graph.constant(
    'float32',
    [BATCH, 5, 5, 2],
    Array.from({ length: BATCH * 50 }, (_, i) => random.below(i, 200) / 100 - 1),
  )
  const column = (value: (spec: QuantizerSpec) => number) => graph.constant('float32', [specs.length], specs.map(value))
  const widths = bitWidths(
    graph,
    {
      bits: column(() => 4.25),
      frozen: column(() => 0),
      minBits: column((spec) => spec.minBits),
      maxBits: column((spec) => spec.maxBits),
      halfRange: column(() => 0),
      signed: column(() => 1),
    },
    { integer: false },
  )
  const emitter = createQuantizerEmitter({
    graph,
    specs,
    weightShapes: new Map(
      parametersOf(definition)
        .filter(({ kind }) => kind.endsWith('-weight'))
        .map((info) => [info.layer, info.shape]),
    ),
    parameters: specs.map((spec) => [
      graph.constant(
        'float32',
        [spec.ranges],
        Array.from({ length: spec.ranges }, () => 0.8),
      ),
    ]),
    levels: widths.levels,
    integer: false,
    compile: false,
  })
  const pass = emitPass(
    {
      graph,
      network: definition,
      batchSize: BATCH,
      batchNormTraining: false,
      dropoutSeed: null,
      quantizers: emitter,
      stored: (name) => stored.get(name) ?? images,
    },
    images,
  )
  const gradients = pass.backward(graph.constant('float32', [BATCH, CLASSES], [1, -2, 0.5, 0.25, 1.5, -1]))
  const points = specs.flatMap((spec, index) => (spec.kind === 'activation' ? spec.points.map(({ id }) => ({ id, index })) : []))
  const weights = [...gradients.parameters]
  const session = new Session(graph)
  try {
    const zero = graph.scalar(Number.NaN)
    const fetched = points.flatMap(({ index }) => [gradients.bits.get(index) ?? zero, gradients.ranges.get(index)?.[0] ?? zero])
    const [logits = new Float32Array(), ...rest] = session
      .run([], [pass.logits, ...fetched, ...weights.map(([, tensor]) => tensor)])
      .map((value) => Float32Array.from(value))
    return {
      logits,
      gradients: new Map(points.map(({ id }, i) => [id, [rest[2 * i]?.[0] ?? Number.NaN, rest[2 * i + 1]?.[0] ?? Number.NaN]])),
      weights: new Map(weights.map(([name], i) => [name, rest[fetched.length + i] ?? new Float32Array()])),
    }
  } finally {
    session.close()
  }
}

const shared = placeQuantizers(network(), { overflow_fix: 'disable', ignored_scopes: [IGNORED] })
/** The same, with a quantizer for every point. */
const apart = shared.flatMap((spec) => spec.points.map((point): QuantizerSpec => ({ ...spec, id: point.id, layer: point.layer, points: [point] })))

describe('a quantizer with several points', () => {
  const one = compute(shared)
  const many = compute(apart)

  it('computes what equal quantizers at each point do', () => {
    expect(shared.filter(({ kind }) => kind === 'activation').map(({ points }) => points.map(({ id }) => id))).toEqual([
      ['input|OUTPUT'],
      ['stem|OUTPUT'],
      ['a|OUTPUT', 'b|OUTPUT'],
      ['late|INPUT0'],
      ['add|OUTPUT'],
      ['pool|OUTPUT'],
    ])
    expect(one.logits).toEqual(many.logits)
    expect(one.weights).toEqual(many.weights)
  })

  it('gets the sum of their gradients, for its width and its scale', () => {
    for (const which of [0, 1] as const) {
      const parts = ['a|OUTPUT', 'b|OUTPUT'].map((id) => many.gradients.get(id)?.[which] ?? Number.NaN)
      const sum = parts.reduce((total, part) => total + part, 0)
      expect(parts.every((part) => Math.abs(part) > 1e-3)).toBe(true)
      for (const id of ['a|OUTPUT', 'b|OUTPUT']) expect(one.gradients.get(id)?.[which]).toBeCloseTo(sum, 5)
    }
  })

  it('leaves what other readers see of a value alone where it serves one reader only', () => {
    const without = compute(shared.filter(({ id }) => id !== 'late|INPUT0'))
    expect(Math.abs(one.gradients.get('late|INPUT0')?.[0] ?? 0)).toBeGreaterThan(1e-3)
    expect(without.logits).not.toEqual(one.logits)
    expect(without.weights.get('late.weight')).not.toEqual(one.weights.get('late.weight'))
    expect(without.weights.get('fc.weight')).not.toEqual(one.weights.get('fc.weight'))
  })
})

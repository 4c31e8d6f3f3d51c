import { describe, expect, it } from 'vitest'
import { CompressionConfig } from '../contract/training-config'
import { bitWidths, signedByWidth, widthConstants } from '../quantization/bit-widths'
import { placeQuantizers } from '../quantization/placement'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { weightSpec } from '../quantization/testing/weight-spec'
import { widthsByQuantizer, widthSpecs, widthStarts } from '../quantization/width-layout'
import { Graph } from '../tensor/graph'
import { Session } from '../tensor/session'
import { randomStream } from '../util/random'
import { roundHalfEven } from '../util/round-half-even'
import { createQuantizerEmitter } from './quantizer-emitter'
import { bitsOf, freezeBits, tinyEngines, tinyStep } from './testing/tiny-engine'
import { tinyNetwork } from './testing/tiny-network'

const [ROWS, KERNELS] = [7, 3]
const WIDTHS = [2.25, 4, 5.7]
const random = randomStream(3, 0)
const WEIGHTS = Array.from({ length: ROWS * KERNELS }, (_, i) => 0.5 * random.normal(i))
const OUTER = Array.from({ length: ROWS * KERNELS }, (_, i) => random.normal(1000 + i))
/** Behind a quantizer of one width, so that the places of widths are not those of quantizers. */
const before: QuantizerSpec = weightSpec('input', 0)

interface Ranges {
  readonly mode: 'symmetric' | 'asymmetric'
  readonly scale: readonly number[]
  readonly low: readonly number[]
}

/** The weights quantized by the emitter, the gradients by width, range and value, for a loss that weights them with {@link OUTER}. */
function emitted({ mode, scale, low }: Ranges, widths: readonly number[], compile: boolean) {
  const perChannel = scale.length > 1
  const spec: QuantizerSpec = { ...weightSpec('fc', ROWS * KERNELS), mode, ranges: scale.length, perChannel, minBits: 2, maxBits: 8, kernels: KERNELS }
  const specs = [before, spec]
  const graph = new Graph()
  const vector = (values: readonly number[]) => graph.constant('float32', [values.length], values)
  const levels = bitWidths(
    graph,
    { bits: vector([8, ...widths]), frozen: vector([0, 0, 0, 0]), signed: signedByWidth(graph, specs, vector([1, mode === 'symmetric' ? 1 : 0])), ...widthConstants(graph, widthSpecs(specs)) },
    { integer: false },
  ).levels
  const parameters = [[vector([1])], mode === 'symmetric' ? [vector(scale)] : [vector(low), vector(scale)]]
  const emitter = createQuantizerEmitter({ graph, specs, weightShapes: new Map(), parameters, levels, integer: false, compile, compileFrom: 1 })
  const matrix = (values: readonly number[]) => graph.constant('float32', [ROWS, KERNELS], values)
  const value = emitter.forward(1, matrix(WEIGHTS), [ROWS, KERNELS])
  const gradient = emitter.backward(1, matrix(WEIGHTS), matrix(OUTER), [ROWS, KERNELS])
  const session = new Session(graph)
  try {
    const [y, bits, x, ...ranges] = session.run([], [value, gradient.bits, gradient.x, ...gradient.parameters]).map((values) => Array.from(values))
    return { y: y ?? [], bits: bits ?? [], x: x ?? [], ranges }
  } finally {
    session.close()
  }
}

/** The paper's mixture (b - f) Q_{f+1} + (f + 1 - b) Q_f of one weight, written out on its own. */
function mixture(w: number, b: number, scale: number, low: number | null): number {
  const integer = (bits: number): number => {
    if (low === null) {
      const top = 2 ** (bits - 1) - 1
      const step = scale / top
      return step * Math.min(top, Math.max(-top - 1, roundHalfEven(w / step)))
    }
    const top = 2 ** bits - 1
    const high = Math.max(low + scale, 0)
    const bottom = Math.min(low, 0)
    const zero = roundHalfEven((-bottom * (top + 1)) / (high - bottom))
    // One end moves so that zero is a level; the one that makes the range wider counts.
    const movedLow = zero < top ? (zero / (zero - top)) * high : bottom
    const movedHigh = zero > 0 ? ((zero - top) / zero) * bottom : high
    const [from, to] = high - movedLow > movedHigh - bottom ? [movedLow, high] : [bottom, movedHigh]
    const step = (to - from) / top
    const origin = roundHalfEven(-from / step)
    return step * (Math.min(top, Math.max(0, roundHalfEven(w / step) + origin)) - origin)
  }
  const floor = Math.floor(b)
  return (b - floor) * integer(floor + 1) + (floor + 1 - b) * integer(floor)
}

const FORMS: readonly (readonly [string, Ranges])[] = [
  ['symmetric, a range a channel', { mode: 'symmetric', scale: [0.9, 0.6, 1.2], low: [] }],
  ['symmetric, one range', { mode: 'symmetric', scale: [0.9], low: [] }],
  ['asymmetric, a range a channel', { mode: 'asymmetric', scale: [1.5, 1.3, 1.7], low: [-0.7, -0.5, -0.9] }],
  ['asymmetric, one range', { mode: 'asymmetric', scale: [1.5], low: [-0.7] }],
]

describe.each(FORMS)('a weight whose kernels have widths of their own: %s', (_, ranges) => {
  const of = (values: readonly number[], kernel: number): number => values[values.length === 1 ? 0 : kernel] ?? Number.NaN
  const expected = (widths: readonly number[]): number[] =>
    WEIGHTS.map((w, i) => mixture(w, widths[i % KERNELS] ?? 0, of(ranges.scale, i % KERNELS), ranges.mode === 'symmetric' ? null : of(ranges.low, i % KERNELS)))
  const lossOf = (y: readonly number[]): number => y.reduce((sum, value, i) => sum + value * (OUTER[i] ?? 0), 0)

  it.each([
    ['plain', false],
    ['compiled', true],
  ])('mixes the two neighbouring widths of each kernel, and knows the slope of each: %s', (_name, compile) => {
    const { y, bits } = emitted(ranges, WIDTHS, compile)
    expected(WIDTHS).forEach((value, i) => { expect(y[i]).toBeCloseTo(value, 5) })
    // At a whole width the mixture has a kink, of which the gradient is the slope upwards.
    WIDTHS.forEach((width, kernel) => {
      const moved = (to: number): number => lossOf(expected(WIDTHS.map((own, i) => (i === kernel ? to : own))))
      expect(bits[kernel]).toBeCloseTo((moved(width + 0.1) - moved(width)) / 0.1, 4)
    })
  })

  it.each([
    ['plain', false],
    ['compiled', true],
  ])('knows nothing in a kernel of the widths of the others: %s', (_name, compile) => {
    const [together, apart] = [emitted(ranges, [4.3, 4.3, 4.3], compile), emitted(ranges, [4.3, 5.7, 4.3], compile)]
    const partsOf = (result: typeof together, kernel: number) => [...[result.y, result.x].map((values) => values.filter((__, i) => i % KERNELS === kernel)), result.bits[kernel]]
    for (const kernel of [0, 2]) expect(partsOf(apart, kernel)).toEqual(partsOf(together, kernel))
    expect(partsOf(apart, 1)).not.toEqual(partsOf(together, 1))
    expect(apart.ranges.map(({ length }) => length)).toEqual(ranges.mode === 'symmetric' ? [ranges.scale.length] : [ranges.low.length, ranges.scale.length])
  })
})

const engineWith = tinyEngines()
const kernelWise = { bit_widths: { granularity: 'kernel', min: 2, max: 8 } }
const specs = placeQuantizers(tinyNetwork(), CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...kernelWise }))

describe('training with a width for each kernel', () => {
  it('has a width for each output channel of each weight, and one for each activation', () => {
    expect(specs.filter(({ kind }) => kind === 'weight').map(({ layer, kernels }) => [layer, kernels])).toEqual([['conv1', 4], ['depthwise', 4], ['pointwise', 4], ['fc', 3]])
    expect(specs.some(({ kind, kernels }) => kind === 'activation' && kernels !== undefined)).toBe(false)
    expect(bitsOf(engineWith({ compression: kernelWise })).length).toBe(specs.length - 4 + 15)
  })

  it.each([
    ['plain', false, {}],
    ['compiled', true, {}],
    ['bit operations', false, { type: 'bitops' }],
  ])('moves kernels that agree as the width of the layer would: %s', (_, compile, loss) => {
    const options = { compile, compileFrom: 1, loss: { alpha: 4, ...loss } }
    const [layer, kernel] = [engineWith({ ...options, compression: { bit_widths: { min: 2, max: 8 } } }), engineWith({ ...options, compression: kernelWise })]
    for (const engine of [layer, kernel]) engine.write(new Map([['quantizers/bits', new Float32Array(bitsOf(engine).length).fill(5.5)]]))
    const [ofLayer, ofKernels] = [tinyStep(layer, 1), tinyStep(kernel, 1)]
    expect(ofKernels.result.crossEntropy).toBeCloseTo(ofLayer.result.crossEntropy, 5)
    expect(ofKernels.result.rate).toBeCloseTo(ofLayer.result.rate, 5)
    const gradientsOf = ({ gradients }: typeof ofLayer): Float32Array => gradients.get('quantizers/bits') ?? new Float32Array()
    const means = widthsByQuantizer(specs, gradientsOf(ofKernels)).map((own) => own.reduce((sum, value) => sum + value) / own.length)
    gradientsOf(ofLayer).forEach((value, i) => { expect(means[i]).toBeCloseTo(value, 4) })
  })

  it('follows the slope of the cross-entropy by the width of each kernel, as finite differences have it', () => {
    const engine = engineWith({ compression: kernelWise, loss: { alpha: 0 } })
    const start = Float32Array.from(bitsOf(engine), () => 4.4)
    // The last layer: nothing that rounds lies behind it.
    const first = widthStarts(specs)[specs.findIndex(({ layer, kind }) => layer === 'fc' && kind === 'weight')] ?? Number.NaN
    const places = [first, first + 1, first + 2]
    const at = (place: number, width: number): number => {
      engine.write(new Map([['quantizers/bits', start.map((own, i) => (i === place ? width : own))]]))
      return tinyStep(engine, 1, 0).result.crossEntropy
    }
    engine.write(new Map([['quantizers/bits', start]]))
    const gradient = tinyStep(engine, 1, 0).gradients.get('quantizers/bits') ?? new Float32Array()
    // What the optimizer is given is three times the slope: see above.
    for (const place of places) expect((gradient[place] ?? 0) / 3).toBeCloseTo((at(place, 4.6) - at(place, 4.2)) / 0.4, 4)
    expect(places.every((place) => Math.abs(gradient[place] ?? 0) > 1e-3)).toBe(true)
  })

  it('leaves frozen kernels alone', () => {
    const engine = engineWith({ compression: kernelWise })
    freezeBits(engine)
    const before_ = bitsOf(engine)
    tinyStep(engine, 1)
    expect(bitsOf(engine)).toEqual(before_)
  })

  it('trains with Adam too, each kernel on its own', () => {
    const engine = engineWith({ compression: kernelWise, optimizer: { type: 'Adam', base_lr: 0.01 } })
    for (let step = 1; step <= 3; step++) tinyStep(engine, step)
    const moved = bitsOf(engine)
    expect(new Set(moved).size).toBeGreaterThan(specs.length)
    expect(moved.every(Number.isFinite)).toBe(true)
  })
})

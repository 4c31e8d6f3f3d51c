import { describe, expect, it } from 'vitest'
import { Graph } from '../tensor/graph'
import { Session } from '../tensor/session'
import type { Feed } from '../tensor/session'
import { randomStream } from '../util/random'
import { emitLayer } from './layer-emission'
import type { Layer } from './layers'

const BATCH = 2
const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
const noise = (length: number, stream: number): Float32Array => {
  const random = randomStream(11, stream)
  return Float32Array.from({ length }, (_, i) => random.normal(i))
}
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

/** Output of one layer without parameters, and the gradients of its inputs for `upstream`. */
function run(layer: Layer, inputShapes: readonly (readonly number[])[], data: readonly Float32Array[], upstream: Float32Array) {
  const graph = new Graph()
  const feeds = data.map((values, i): Feed => {
    const shape = [BATCH, ...(inputShapes[i] ?? [])]
    return { to: graph.placeholder(`input${i}`, 'float32', shape), dtype: 'float32', shape, data: values }
  })
  const parameter = (name: string): never => {
    throw new RangeError(`${layer.id} has no parameter ${name}`)
  }
  const context = { graph, batchSize: BATCH, batchNormTraining: false, dropoutSeed: null, parameter }
  const emitted = emitLayer(
    context,
    layer,
    feeds.map(({ to }) => to),
    inputShapes,
  )
  const gradients = emitted.backward(graph.constant('float32', [BATCH, ...layer.shape], Array.from(upstream))).inputs
  const session = new Session(graph)
  try {
    const [output = new Float32Array(), ...rest] = session.run(feeds, [emitted.output, ...gradients]).map((value) => Float32Array.from(value))
    return { output, gradients: rest }
  } finally {
    session.close()
  }
}

const base = { id: 'layer', scope: 'Layer', inputs: ['a'] }
const image = [5, 6, 3] as const
const LINEAR: readonly [string, Layer, readonly (readonly number[])[]][] = [
  ['an average over a padded window', { ...base, kind: 'average-pool', shape: image, kernel: [3, 3], stride: [1, 1], padding: [1, 1] }, [image]],
  ['an average with a stride', { ...base, kind: 'average-pool', shape: [2, 2, 3], kernel: [3, 3], stride: [2, 2], padding: [0, 0] }, [image]],
  ['a mean over all pixels', { ...base, kind: 'global-average-pool', shape: [1, 1, 3] }, [image]],
  ['a concatenation', { ...base, inputs: ['a', 'b'], kind: 'concat', shape: [5, 6, 5] }, [image, [5, 6, 2]]],
  ['the choice of a channel', { ...base, kind: 'select-channel', shape: [5, 6, 1], channel: 1 }, [image]],
  ['a product with a constant', { ...base, kind: 'multiply-scalar', shape: image, value: 0.458 }, [image]],
  ['a sum with a constant', { ...base, kind: 'add-scalar', shape: image, value: -0.03 }, [image]],
]

describe('layers without parameters', () => {
  it.each(LINEAR)('%s has the gradient of its output', (_, layer, shapes) => {
    const data = shapes.map((shape, i) => noise(BATCH * count(shape), i))
    const moved = data.map((values, i) => values.map((value, k) => value + (noise(values.length, 20 + i)[k] ?? 0)))
    const upstream = noise(BATCH * count(layer.shape), 9)
    const before = run(layer, shapes, data, upstream)
    const after = run(layer, shapes, moved, upstream)
    const step = before.gradients.reduce((sum, gradient, i) => sum + dot(gradient, noise(gradient.length, 20 + i)), 0)
    expect(dot(after.output, upstream) - dot(before.output, upstream)).toBeCloseTo(step, 4)
    expect(before.gradients.map(({ length }) => length)).toEqual(data.map(({ length }) => length))
  })

  it('averages count the zeros of the border, as torch does', () => {
    const layer: Layer = { ...base, kind: 'average-pool', shape: [3, 3, 1], kernel: [3, 3], stride: [1, 1], padding: [1, 1] }
    const { output } = run(layer, [[3, 3, 1]], [new Float32Array(BATCH * 9).fill(9)], new Float32Array(BATCH * 9))
    expect(Array.from(output.slice(0, 9), Math.round)).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4])
  })

  it('concatenates channels in the order of the inputs and takes single ones', () => {
    const pair = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)]
    const joined: Layer = { ...base, inputs: ['a', 'b'], kind: 'concat', shape: [1, 1, 3] }
    expect(
      Array.from(
        run(
          joined,
          [
            [1, 1, 2],
            [1, 1, 1],
          ],
          pair,
          new Float32Array(6),
        ).output,
      ),
    ).toEqual([1, 2, 5, 3, 4, 6])
    const second: Layer = { ...base, kind: 'select-channel', shape: [1, 1, 1], channel: 1 }
    const taken = run(second, [[1, 1, 2]], [Float32Array.of(1, 2, 3, 4)], Float32Array.of(7, 8))
    expect([Array.from(taken.output), Array.from(taken.gradients[0] ?? [])]).toEqual([
      [2, 4],
      [0, 7, 0, 8],
    ])
  })
})

import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, it } from 'vitest'
import { branchedNetwork, inTfjs, largestDifference, separableNetwork, trainedCases } from './testing/integer-export'
import { tinyNetwork } from './testing/tiny-network'

const asymmetric = { weights: { mode: 'asymmetric' }, activations: { mode: 'asymmetric' } }

const trained = trainedCases()

describe('the integer model as a graph model of TensorFlow.js', () => {
  it.each([
    ['symmetric, per channel', {}],
    ['asymmetric', asymmetric],
    ['one range a tensor', { weights: { per_channel: false } }],
    ['half range', { overflow_fix: 'enable' }],
  ])("gives the trainer's logits to the bit in both back ends without a GPU: %s", async (_, compression) => {
    const one = trained(tinyNetwork(), compression)
    const { model, logits } = one.at()
    expect((await inTfjs(model, one.pixels, 'cpu')).logits).toEqual(logits)
    expect((await inTfjs(model, one.pixels, 'wasm')).logits).toEqual(logits)
  })

  it('does so where channels have ranges of their own and dropout is left out', async () => {
    const one = trained(separableNetwork(), asymmetric)
    const { model, logits } = one.at()
    expect((await inTfjs(model, one.pixels, 'cpu')).logits).toEqual(logits)
    expect((await inTfjs(model, one.pixels, 'wasm')).logits).toEqual(logits)
  })

  it.each([
    ['symmetric', {}],
    ['asymmetric', asymmetric],
  ])('follows the trainer through all other kinds of layers, whose sums are floats: %s', async (_, compression) => {
    const one = trained(branchedNetwork(), compression)
    const { model, logits } = one.at()
    expect(largestDifference((await inTfjs(model, one.pixels, 'cpu')).logits, logits)).toBeLessThan(1e-6)
    expect(largestDifference((await inTfjs(model, one.pixels, 'wasm')).logits, logits)).toBeLessThan(1e-6)
  })

  it('stores a code of up to 8 bits in a byte, a wider one in two', async () => {
    const one = trained(tinyNetwork())
    for (let width = 4; width <= 12; width++) {
      const { model, logits } = one.at(() => width)
      const file = await inTfjs(model, one.pixels, 'wasm')
      const codes = [...model.weights.values()].reduce((sum, weight) => sum + weight.codes.length, 0)
      expect([width, file.payloadBytes]).toEqual([width, codes * (width > 8 ? 2 : 1)])
      expect(file.logits).toEqual(logits)
    }
  })
})

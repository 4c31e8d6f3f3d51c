import { afterEach, describe, expect, it } from 'vitest'
import type { NetworkDefinition } from '../models/layers'
import { branchedNetwork, inRuntime, type TrainedCase, trainedCase } from './testing/integer-export'
import { tinyNetwork } from './testing/tiny-network'

const asymmetric = { weights: { mode: 'asymmetric' }, activations: { mode: 'asymmetric' } }

const open: TrainedCase[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})
function trained(network: NetworkDefinition, compression: object = {}): TrainedCase {
  const one = trainedCase(network, compression)
  open.push(one)
  return one
}

const largestDifference = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))))

describe('the exported integer model', () => {
  it.each([
    ['symmetric, per channel', {}],
    ['asymmetric', asymmetric],
    ['one range a tensor', { weights: { per_channel: false } }],
    ['half range', { overflow_fix: 'enable' }],
  ])("gives the trainer's logits to the bit: %s", async (_, compression) => {
    const one = trained(tinyNetwork(), compression)
    const { model, logits } = one.at()
    expect((await inRuntime(model, one.pixels)).logits).toEqual(logits)
  })

  it.each([
    ['symmetric', {}],
    ['asymmetric', asymmetric],
  ])('follows the trainer through all other kinds of layers, whose sums are floats: %s', async (_, compression) => {
    const one = trained(branchedNetwork(), compression)
    const { model, logits } = one.at()
    expect(largestDifference((await inRuntime(model, one.pixels)).logits, logits)).toBeLessThan(1e-6)
  })

  it('stores every width from 4 to 12 in exactly its bits', async () => {
    const one = trained(tinyNetwork())
    for (let width = 4; width <= 12; width++) {
      const { model, logits } = one.at(() => width)
      const file = await inRuntime(model, one.pixels)
      const expected = [...model.weights.values()].reduce((sum, { codes }) => sum + Math.ceil((codes.length * width) / 8), 0)
      expect([width, file.payloadBytes]).toEqual([width, expected])
      expect(file.logits).toEqual(logits)
    }
  })

  it('stays within the rounding of float sums as QONNX', async () => {
    const one = trained(tinyNetwork())
    const { model, logits } = one.at(() => 8)
    expect(largestDifference((await inRuntime(model, one.pixels, 'qonnx')).logits, logits)).toBeLessThan(0.05)
  })
})

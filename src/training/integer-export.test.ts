import { describe, expect, it } from 'vitest'
import { readOnnx } from '../export/onnx/read-onnx'
import { branchedNetwork, inRuntime, largestDifference, separableNetwork, trainedCases } from './testing/integer-export'
import { tinyNetwork } from './testing/tiny-network'

const asymmetric = { weights: { mode: 'asymmetric' }, activations: { mode: 'asymmetric' } }

const modes: readonly (readonly [string, object])[] = [
  ['symmetric', {}],
  ['asymmetric', asymmetric],
]

const kernelWise = { bit_widths: { granularity: 'kernel', min: 2, max: 8 } }

const trained = trainedCases()

describe('the exported integer model', () => {
  it.each([
    ['symmetric, per channel', {}],
    ['asymmetric', asymmetric],
    ['one range a tensor', { weights: { per_channel: false } }],
    ['half range', { overflow_fix: 'enable' }],
    ['a width for each kernel', kernelWise],
    ['a width for each kernel, asymmetric', { ...kernelWise, ...asymmetric }],
    ['a width for each kernel on one range a tensor', { ...kernelWise, weights: { per_channel: false } }],
  ])("gives the trainer's logits to the bit: %s", async (_, compression) => {
    const one = trained(tinyNetwork(), compression)
    const { model, logits } = one.at()
    expect((await inRuntime(model, one.pixels)).logits).toEqual(logits)
  })

  it.each(modes)('does so where channels have ranges of their own and dropout is left out: %s', async (_, compression) => {
    const one = trained(separableNetwork(), compression)
    const { model, logits } = one.at()
    expect(model.activations.map(({ grids }) => grids.length)).toContain(6)
    expect((await inRuntime(model, one.pixels)).logits).toEqual(logits)
  })

  it.each(modes)('follows the trainer through all other kinds of layers, whose sums are floats: %s', async (_, compression) => {
    const one = trained(branchedNetwork(), compression)
    const { model, logits } = one.at()
    expect(largestDifference((await inRuntime(model, one.pixels)).logits, logits)).toBeLessThan(1e-6)
  })

  it('does so where everything else of the run is compiled', async () => {
    const one = trained(separableNetwork(), {}, true)
    const { model, logits } = one.at()
    expect((await inRuntime(model, one.pixels)).logits).toEqual(logits)
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

  it('stores kernels of mixed widths in exactly the sum of their bits, rounded up to a byte a weight', async () => {
    const one = trained(tinyNetwork(), kernelWise)
    const { model } = one.at()
    const weights = [...model.weights.values()]
    expect(weights.map(({ kernelBits }) => new Set(kernelBits).size)).toEqual([4, 4, 4, 3])
    const bits = weights.map(({ codes, kernelBits }) => (codes.length / (kernelBits?.length ?? 1)) * (kernelBits ?? []).reduce((sum, width) => sum + width, 0))
    const file = await inRuntime(model, one.pixels)
    expect(file.payloadBytes).toBe(bits.reduce((sum, own) => sum + Math.ceil(own / 8), 0))
    const { tensors } = readOnnx(file.bytes)
    expect(weights.map(({ layer }) => tensors.get(`${layer}.weight.codes`)?.length)).toEqual(bits.map((own) => Math.ceil(own / 8)))
  })

  it.each([
    ['one width a layer', {}],
    ['a width for each kernel', kernelWise],
  ])('stays within the rounding of float sums as QONNX: %s', async (_, compression) => {
    const one = trained(tinyNetwork(), compression)
    const { model, logits } = one.at((spec) => spec.kernels === undefined ? 8 : spec.maxBits)
    expect(largestDifference((await inRuntime(model, one.pixels, 'qonnx')).logits, logits)).toBeLessThan(0.05)
  })

  it('states the width of each kernel in QONNX, and lies on those grids', async () => {
    const one = trained(tinyNetwork(), kernelWise)
    const { model, logits } = one.at((spec, i) => (spec.kind === 'activation' ? 8 : 2 + (i % 7)))
    expect(largestDifference((await inRuntime(model, one.pixels, 'qonnx')).logits, logits)).toBeLessThan(0.05)
  })
})

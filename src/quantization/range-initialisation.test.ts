import { describe, expect, it } from 'vitest'
import { createCollector, type CollectorOptions } from './range-collectors'
import { asymmetricFromStatistics, rangesFromStatistics, symmetricFromStatistics, unifiedStatistics, uninitialisedRanges } from './range-initialisation'
import { activationView, contiguousView, weightView } from './tensor-view'

const floats = (...values: number[]): Float32Array => Float32Array.from(values)

/** Statistics of batches of images with one value a channel. */
function statistics(options: Partial<CollectorOptions>, ...batches: number[][][]) {
  const collector = createCollector({ type: 'mixed_min_max', weights: false, symmetric: true, channelAxis: null, ...options })
  for (const images of batches) collector.add(contiguousView(images.flat(), [images.length, images[0]?.length ?? 0, 1, 1]))
  return collector.result()
}

describe('ranges from statistics', () => {
  it('takes the larger magnitude as symmetric scale, at least 0.1, and the sign from the minimum unless it is given', () => {
    expect(symmetricFromStatistics({ min: floats(-2, 0), max: floats(1, 0.05) }, null)).toEqual({ scale: floats(2, 0.1), signed: true })
    expect(symmetricFromStatistics({ min: floats(0), max: floats(3) }, null).signed).toBe(false)
    expect(symmetricFromStatistics({ min: floats(0), max: floats(3) }, true).signed).toBe(true)
    expect(symmetricFromStatistics({ min: floats(-1), max: floats(3) }, false).signed).toBe(false)
  })

  it('widens narrow asymmetric channels evenly to one percent of the widest', () => {
    const { inputLow, inputRange } = asymmetricFromStatistics({ min: floats(-1, 0.5), max: floats(3, 0.5) })
    expect(inputRange[0]).toBe(4)
    expect(inputLow[0]).toBe(-1)
    expect(inputRange[1]).toBeCloseTo(0.04, 6)
    expect(inputLow[1]).toBeCloseTo(0.48, 6)
  })

  it('refuses infinite statistics by name and leaves ranges at 1 where nothing is looked at', () => {
    const form = { mode: 'symmetric', forceSigned: null } as const
    expect(() => rangesFromStatistics('conv1|WEIGHT', form, { min: floats(Infinity), max: floats(-Infinity) })).toThrow(/conv1\|WEIGHT/)
    expect(uninitialisedRanges(form, 2)).toEqual({ mode: 'symmetric', scale: floats(1, 1), signed: false })
  })

  it('of places that share a quantizer span all of them', () => {
    expect(unifiedStatistics([{ min: floats(-1), max: floats(2) }, { min: floats(-3), max: floats(1) }])).toEqual({ min: floats(-3), max: floats(2) })
  })
})

describe('collectors', () => {
  it('mixed_min_max averages the maxima of images and keeps the lowest minimum for a symmetric activation', () => {
    expect(statistics({}, [[-1, 2], [-5, 4]], [[0, 6], [0, 8]])).toEqual({ min: floats(-5), max: floats((2 + 5 + 6 + 8) / 4) })
  })

  it('mixed_min_max averages both ends for an asymmetric activation', () => {
    expect(statistics({ symmetric: false }, [[-1, 2], [-5, 4]])).toEqual({ min: floats(-3), max: floats(3) })
  })

  it('keep the extremes of every channel over batches, and mean_min_max their means', () => {
    const batches = [[[-1, 0.5]], [[-3, 7]]]
    expect(statistics({ channelAxis: 1 }, ...batches)).toEqual({ min: floats(-3, 0.5), max: floats(3, 7) })
    expect(statistics({ channelAxis: 1, type: 'mean_min_max' }, ...batches)).toEqual({ min: floats(-2, 3.75), max: floats(2, 3.75) })
  })

  it('see one value in the layouts of the engine and of PyTorch', () => {
    const info = { name: 'c.weight', layer: 'c', trainable: true }
    const perChannel = { type: 'min_max', weights: true, symmetric: false, channelAxis: 0 } as const
    const conv = createCollector(perChannel)
    // 1 x 1 kernel, 2 inputs, 2 outputs: channels last.
    conv.add(weightView(floats(-4, 1, 2, -3), { ...info, kind: 'conv-weight', shape: [1, 1, 2, 2] }))
    expect(conv.result()).toEqual({ min: floats(-4, -3), max: floats(2, 1) })
    const depthwise = createCollector(perChannel)
    depthwise.add(weightView(floats(-4, 1, 2, -3), { ...info, kind: 'depthwise-weight', shape: [1, 2, 2, 1] }))
    expect(depthwise.result()).toEqual({ min: floats(-4, -3), max: floats(2, 1) })
    const activation = createCollector({ ...perChannel, weights: false, channelAxis: 1 })
    activation.add(activationView(floats(1, 10, 2, 20), [1, 2, 1, 2]))
    expect(activation.result()).toEqual({ min: floats(1, 10), max: floats(2, 20) })
  })
})

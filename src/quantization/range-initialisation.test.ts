import { describe, expect, it } from 'vitest'
import { asymmetricFromStatistics, MixedMinMax, symmetricFromStatistics, weightStatistics } from './range-initialisation'

const floats = (...values: number[]): Float32Array => Float32Array.from(values)

describe('range initialisation', () => {
  it('takes the larger magnitude as symmetric scale, at least 0.1, and the sign from the minimum', () => {
    expect(symmetricFromStatistics({ min: floats(-2, 0), max: floats(1, 0.05) }, false)).toEqual({ scale: floats(2, 0.1), signed: true })
    expect(symmetricFromStatistics({ min: floats(0), max: floats(3) }, false).signed).toBe(false)
    expect(symmetricFromStatistics({ min: floats(0), max: floats(3) }, true).signed).toBe(true)
  })

  it('widens narrow asymmetric channels evenly to one percent of the widest', () => {
    const { inputLow, inputRange } = asymmetricFromStatistics({ min: floats(-1, 0.5), max: floats(3, 0.5) })
    expect(inputRange[0]).toBe(4)
    expect(inputLow[0]).toBe(-1)
    expect(inputRange[1]).toBeCloseTo(0.04, 6)
    expect(inputLow[1]).toBeCloseTo(0.48, 6)
  })

  it('averages the maxima of images and keeps the lowest minimum for a symmetric activation', () => {
    const collector = new MixedMinMax({ perChannel: false, symmetric: true })
    collector.add(floats(-1, -5), floats(2, 4))
    collector.add(floats(0, 0), floats(6, 8))
    expect(collector.result()).toEqual({ min: floats(-5), max: floats(5) })
  })

  it('averages both ends for an asymmetric activation', () => {
    const collector = new MixedMinMax({ perChannel: false, symmetric: false })
    collector.add(floats(-1, -5), floats(2, 4))
    expect(collector.result()).toEqual({ min: floats(-3), max: floats(3) })
  })

  it('keeps the extremes of every channel over batches', () => {
    const collector = new MixedMinMax({ perChannel: true, symmetric: true })
    collector.add(floats(-1, 0), floats(2, 1))
    collector.add(floats(-3, 0.5), floats(1, 7))
    expect(collector.result()).toEqual({ min: floats(-3, 0), max: floats(2, 7) })
  })

  it('finds the extremes of a weight per channel (channels last) or over all', () => {
    const values = floats(-4, 1, 2, -3)
    expect(weightStatistics(values, 2, { perChannel: true, symmetric: true })).toEqual({ min: floats(-4, -3), max: floats(4, 3) })
    expect(weightStatistics(values, 2, { perChannel: false, symmetric: false })).toEqual({ min: floats(-4), max: floats(2) })
  })
})

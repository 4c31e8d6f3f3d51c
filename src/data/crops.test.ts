import { describe, expect, it } from 'vitest'
import { randomStream } from '../util/random'
import { centreCrop, DRAWS_PER_IMAGE, fallbackCrop, isFlipped, randomResizedCrop } from './crops'

const random = randomStream(1, 2)
const crops = (size: { width: number; height: number }, count: number) =>
  Array.from({ length: count }, (_, image) => randomResizedCrop(size, random, image * DRAWS_PER_IMAGE))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('randomResizedCrop', () => {
  it('takes 8 to 100 % of the area, evenly, at ratios of 3/4 to 4/3, evenly in their logarithm, anywhere', () => {
    // A wide margin, so that no try misses and the distributions are those of the draws.
    const size = { width: 4000, height: 4000 }
    const found = crops(size, 4000).filter(({ width, height }) => (width * height) / 16e6 < 0.7)
    const areas = found.map(({ width, height }) => (width * height) / 16e6)
    expect(Math.min(...areas)).toBeCloseTo(0.08, 2)
    expect(mean(areas)).toBeCloseTo(0.39, 1)
    const ratios = found.map(({ width, height }) => Math.log(width / height))
    expect(Math.min(...ratios)).toBeCloseTo(Math.log(3 / 4), 2)
    expect(Math.max(...ratios)).toBeCloseTo(Math.log(4 / 3), 2)
    expect(mean(ratios)).toBeCloseTo(0, 1)
    const places = found.flatMap(({ left, top, width, height }) => [left / (size.width - width), top / (size.height - height)])
    expect(mean(places)).toBeCloseTo(0.5, 1)
    expect([Math.min(...places), Math.max(...places)].map((place) => Math.round(place * 50) / 50)).toEqual([0, 1])
  })

  it.each([
    [500, 375],
    [3, 2],
    [1, 1],
    [1, 5000],
    [5000, 1],
  ])('stays inside an image of %i x %i', (width, height) => {
    for (const crop of crops({ width, height }, 500)) {
      expect(Math.min(crop.left, crop.top)).toBeGreaterThanOrEqual(0)
      expect(Math.min(crop.width, crop.height)).toBeGreaterThanOrEqual(1)
      expect(crop.left + crop.width).toBeLessThanOrEqual(width)
      expect(crop.top + crop.height).toBeLessThanOrEqual(height)
    }
  })

  it('uses the numbers of one image only', () => {
    const used = new Set<number>()
    const counting = {
      ...random,
      uniform: (at: number) => (used.add(at), random.uniform(at)),
      below: (at: number, limit: number) => (used.add(at), random.below(at, limit)),
    }
    for (const size of [
      { width: 500, height: 375 },
      { width: 1, height: 900 },
    ])
      randomResizedCrop(size, counting, 64)
    isFlipped(counting, 64)
    expect(Math.min(...used)).toBeGreaterThanOrEqual(64)
    expect(Math.max(...used)).toBeLessThan(64 + DRAWS_PER_IMAGE)
  })

  // What torchvision does after ten misses.
  it.each([
    [100, 900, { left: 0, top: 383, width: 100, height: 133 }],
    [900, 100, { left: 383, top: 0, width: 133, height: 100 }],
    [110, 100, { left: 0, top: 0, width: 110, height: 100 }],
  ])('falls back to the largest centred part of %i x %i', (width, height, crop) => {
    expect(fallbackCrop({ width, height })).toEqual(crop)
  })

  it('mirrors half of the images', () => {
    expect(Array.from({ length: 2000 }, (_, image) => isFlipped(random, image * DRAWS_PER_IMAGE)).filter(Boolean).length / 2000).toBeCloseTo(0.5, 1)
  })
})

describe('centreCrop', () => {
  it.each([
    // width, height, side, resized, left and top of the part
    [500, 375, 224, [341, 256], [58, 16]],
    [375, 500, 224, [256, 341], [16, 58]],
    [256, 256, 224, [256, 256], [16, 16]],
    [500, 375, 299, [454, 341], [78, 21]],
    [640, 427, 224, [383, 256], [80, 16]],
  ] as const)('of %i x %i for %i is where torchvision takes it', (width, height, side, [resizedWidth, resizedHeight], [left, top]) => {
    expect(centreCrop({ width, height }, side)).toEqual({
      resized: { width: resizedWidth, height: resizedHeight },
      part: { left, top, width: side, height: side },
    })
  })
})

import { describe, expect, it } from 'vitest'
import { permutation, randomStream, streamFor, threefry } from './random'

describe('threefry', () => {
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)('gives the published words for key %j and counter %j', (key, counter, expected) => {
    const out = new Uint32Array(2)
    threefry(key[0], key[1], counter[0], counter[1], out)
    expect([...out]).toEqual([...expected])
  })
})

describe('randomStream', () => {
  it('gives the same value for the same index in any order, and other values for other seeds and streams', () => {
    const stream = randomStream(7, 3)
    const forwards = [0, 1, 2, 2 ** 40].map((index) => stream.uint32(index))
    expect([2 ** 40, 2, 1, 0].map((index) => randomStream(7, 3).uint32(index)).reverse()).toEqual(forwards)
    expect(new Set([...forwards, randomStream(8, 3).uint32(0), randomStream(7, 4).uint32(0)]).size).toBe(6)
  })

  it('is uniform and normal within sampling error', () => {
    const stream = randomStream(1, 1)
    const count = 20_000
    let uniform = 0
    let mean = 0
    let square = 0
    for (let index = 0; index < count; index++) {
      uniform += stream.uniform(index)
      const value = stream.normal(index)
      mean += value
      square += value * value
    }
    expect(uniform / count).toBeCloseTo(0.5, 1)
    expect(mean / count).toBeCloseTo(0, 1)
    expect(square / count).toBeCloseTo(1, 1)
  })
})

describe('permutation', () => {
  it('holds every number once and depends on seed and stream', () => {
    const order = permutation(1000, 5, streamFor('order', 2))
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect([...permutation(1000, 5, streamFor('order', 2))]).toEqual([...order])
    expect([...permutation(1000, 5, streamFor('order', 3))]).not.toEqual([...order])
    expect([...permutation(1000, 6, streamFor('order', 2))]).not.toEqual([...order])
  })

  it('copes with nothing and with one', () => {
    expect([...permutation(0, 0, 0)]).toEqual([])
    expect([...permutation(1, 0, 0)]).toEqual([0])
  })
})

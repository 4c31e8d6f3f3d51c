import { describe, expect, it } from 'vitest'
import type { ParameterInfo, ParameterKind } from './parameters'
import { fromStateDict, stateDictShape, toStateDict } from './state-dict-layout'

const parameter = (kind: ParameterKind, shape: readonly number[]): ParameterInfo => ({
  name: 'layer.weight',
  layer: 'layer',
  kind,
  shape,
  trainable: true,
})
const counting = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => index)

/** Value at `position` of a row-major tensor. */
function at(data: Float32Array, shape: readonly number[], position: readonly number[]): number | undefined {
  return data[position.reduce((offset, index, axis) => offset * (shape[axis] ?? 1) + index, 0)]
}

describe('state-dict layout', () => {
  it('moves conv weights [h, w, in, out] to [out, in, h, w]', () => {
    const info = parameter('conv-weight', [2, 3, 4, 5])
    const values = counting(120)
    const tensor = toStateDict(info, values)
    expect(tensor.shape).toEqual([5, 4, 2, 3])
    for (let h = 0; h < 2; h++)
      for (let w = 0; w < 3; w++)
        for (let i = 0; i < 4; i++)
          for (let o = 0; o < 5; o++) expect(at(tensor.data, tensor.shape, [o, i, h, w])).toBe(at(values, info.shape, [h, w, i, o]))
  })

  it('moves depthwise weights [h, w, channels, multiplier] to [channels * multiplier, 1, h, w]', () => {
    const info = parameter('depthwise-weight', [3, 2, 4, 2])
    const values = counting(48)
    const tensor = toStateDict(info, values)
    expect(tensor.shape).toEqual([8, 1, 3, 2])
    for (let h = 0; h < 3; h++)
      for (let w = 0; w < 2; w++)
        for (let c = 0; c < 4; c++)
          for (let m = 0; m < 2; m++) expect(at(tensor.data, tensor.shape, [c * 2 + m, 0, h, w])).toBe(at(values, info.shape, [h, w, c, m]))
  })

  it('transposes linear weights and keeps vectors', () => {
    expect([...toStateDict(parameter('linear-weight', [2, 3]), counting(6)).data]).toEqual([0, 3, 1, 4, 2, 5])
    for (const kind of ['bias', 'norm-scale', 'norm-shift', 'running-mean', 'running-variance'] as const)
      expect(toStateDict(parameter(kind, [3]), counting(3))).toEqual({ shape: [3], data: counting(3) })
  })

  it.each<[ParameterKind, number[]]>([
    ['conv-weight', [3, 2, 4, 5]],
    ['depthwise-weight', [3, 3, 6, 1]],
    ['linear-weight', [7, 4]],
    ['bias', [9]],
  ])('comes back unchanged: %s', (kind, shape) => {
    const info = parameter(kind, shape)
    const values = counting(shape.reduce((product, size) => product * size, 1))
    const tensor = toStateDict(info, values)
    expect(tensor.data).not.toBe(values)
    expect(fromStateDict(info, tensor)).toEqual(values)
  })

  it('says which tensor does not fit and how', () => {
    const info = parameter('linear-weight', [2, 3])
    expect(stateDictShape(info)).toEqual([3, 2])
    for (const shape of [[2, 3], [6], [3, 2, 1]])
      expect(() => fromStateDict(info, { shape, data: counting(6) })).toThrow(
        expect.objectContaining({ code: 'CHECKPOINT_MISMATCH', message: expect.stringContaining('"layer.weight"') }),
      )
    expect(() => fromStateDict(info, { shape: [3, 2], data: counting(5) })).toThrow(expect.objectContaining({ code: 'CHECKPOINT_MISMATCH' }))
  })
})

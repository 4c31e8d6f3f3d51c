import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeBytes, kernelGroups, packBitPlanes, packKernelPlanes, unpackKernelPlanes } from './bit-planes'

describe('codes of kernels that differ in width', () => {
  const weight = fc.record({ kernelBits: fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 1, maxLength: 9 }), size: fc.integer({ min: 1, max: 11 }), signed: fc.boolean(), seed: fc.nat() })

  it('come back as they were, from no more than the bits that they take', () => {
    fc.assert(
      fc.property(weight, ({ kernelBits, size, signed, seed }) => {
        const codes = Int32Array.from({ length: kernelBits.length * size }, (_, i) => {
          const levels = 2 ** (kernelBits[Math.floor(i / size)] ?? 0)
          return ((seed + i * 7919) % levels) - (signed ? levels / 2 : 0)
        })
        const bytes = packKernelPlanes(codes, kernelBits)
        const bits = kernelBits.reduce((sum, own) => sum + own * size, 0)
        expect(bytes.length).toBe(Math.ceil(bits / 8))
        expect(codeBytes(codes.length, 0, kernelBits)).toBe(bytes.length)
        expect(unpackKernelPlanes(bytes, codes.length, kernelBits, signed)).toEqual(codes)
      }),
    )
  })

  it('lie as those of one width do where they do not differ, and the narrowest kernels first where they do', () => {
    const codes = Int32Array.of(1, 2, 3, 0, 1, 1)
    expect(packKernelPlanes(codes, [3, 3, 3])).toEqual(packBitPlanes(codes, 3))
    expect(kernelGroups([4, 2, 4, 3])).toEqual([{ bits: 2, kernels: [1] }, { bits: 3, kernels: [3] }, { bits: 4, kernels: [0, 2] }])
    // Kernel 1 (2 bits: codes 1, 2) as planes 1 0 and 0 1, then kernel 0 (4 bits: codes 5, 9) as 1 1, 0 0, 1 0, 0 1; the lowest bit of a byte comes first.
    expect([...packKernelPlanes(Int32Array.of(5, 9, 1, 2), [4, 2])]).toEqual([0b00111001, 0b1001])
  })
})

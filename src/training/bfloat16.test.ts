import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { hasBfloat16 } from './run-notes'
import { tinyEngines } from './testing/tiny-engine'
import { noiseBatch } from './testing/tiny-network'

const folder = makeTempDir()
afterAll(folder.remove)

const tinyEngine = tinyEngines()
const batch = noiseBatch(1, 4, [6, 6, 2], 3)
const gradients = (floatArithmetic: 'float32' | 'bfloat16', kind: 'float' | 'width') =>
  tinyEngine({ float: true, floatArithmetic }).stepWithGradients(kind, { batch, learningRate: 0, stageStep: 1, seed: Int32Array.of(0, 1) })

const length = (values: Iterable<number>): number => Math.hypot(...values)

describe('bfloat16 in float training', () => {
  it('gives gradients within the precision of its eight bits, and others than float32', () => {
    const [exact, rounded] = [gradients('float32', 'float'), gradients('bfloat16', 'float')]
    expect(rounded.gradients.size).toBeGreaterThan(5)
    for (const [name, gradient] of rounded.gradients) {
      const expected = exact.gradients.get(name) ?? new Float32Array()
      const error = length(gradient.map((value, i) => value - (expected[i] ?? 0)))
      // A few roundings of 2^-9 each, which batch norms magnify on so small a network.
      expect([name, error <= 0.1 * length(expected) + 1e-4]).toEqual([name, true])
    }
    expect(rounded.logits).not.toEqual(exact.logits)
  })

  it('leaves quantized training and evaluation as they are', () => {
    const [exact, same] = [gradients('float32', 'width'), gradients('bfloat16', 'width')]
    expect(same.logits).toEqual(exact.logits)
    const [one, other] = (['float32', 'bfloat16'] as const).map((floatArithmetic) => tinyEngine({ float: true, floatArithmetic }).logits('float', batch))
    expect(other).toEqual(one)
  })

  it('is known to be slow where the processor has no instructions for it', () => {
    const file = (flags: string): string => {
      const path = join(folder.path, 'cpuinfo')
      writeFileSync(path, `processor : 0\nflags : fpu ${flags} sse\n`)
      return path
    }
    expect(hasBfloat16(file('avx2 avx512f'))).toBe(false)
    expect(hasBfloat16(file('avx512_bf16'))).toBe(true)
    expect(hasBfloat16(file('amx_bf16'))).toBe(true)
    expect(hasBfloat16(join(folder.path, 'none'))).toBe(true)
  })
})

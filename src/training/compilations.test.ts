import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bitsOf, freezeBits, tinyBatch, tinyEngines, tinyStep } from './testing/tiny-engine'

// TensorFlow keeps every function that it compiles in a file of its own here; it reads the variable when it is loaded, which is later.
const folder = mkdtempSync(join(tmpdir(), 'fracbits-compiled-'))
process.env['TF_XLA_FLAGS'] = `--tf_xla_persistent_cache_directory=${folder}`
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const tinyEngine = tinyEngines()
const compilations = (): number => readdirSync(folder).length

describe('compiled functions', () => {
  it('are compiled in the first step and the first evaluation, and never again while training moves on', () => {
    const engine = tinyEngine({ compile: true, compileFrom: 1 })
    tinyStep(engine, 1)
    const afterStep = compilations()
    expect(afterStep).toBeGreaterThan(5)
    const sums = new Float64Array(4)
    const evaluate = (labels = tinyBatch(0).labels): void => {
      engine.evaluateBatch('fractional', { ...tinyBatch(0), labels }, sums)
      engine.evaluateBatch('integer', { ...tinyBatch(0), labels }, sums)
    }
    evaluate()
    const known = compilations()
    expect(known).toBeGreaterThan(afterStep)

    for (const bits of [7.9, 8, 8.1, 5.5, 4, 12]) {
      engine.write(new Map([['quantizers/bits', new Float32Array(bitsOf(engine).length).fill(bits)]]))
      tinyStep(engine, 2, bits / 1000)
    }
    freezeBits(engine)
    tinyStep(engine, 3)
    // The last batch of a split is padded.
    evaluate(Int32Array.of(1, 2, -1, -1))
    expect(compilations()).toBe(known)
  })
})

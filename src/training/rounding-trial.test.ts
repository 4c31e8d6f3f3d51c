import { describe, expect, it } from 'vitest'
import type { RoundedWidths } from '../quantization/width-rounding'
import { tryRoundings } from './rounding-trial'
import { bitsOf, tinyBatch, tinyEngines } from './testing/tiny-engine'

const engineWith = tinyEngines()
const outcome: RoundedWidths['outcome'] = { kind: 'model_size', method: 'exact', targetRate: 1, rate: 1, cost: 8, limit: 8, unit: 'bits', flips: [] }
const seed = (index: number): Int32Array => Int32Array.of(0, index)
const BATCHES = [0, 1, 2]
const eachBatch: Parameters<typeof tryRoundings>[2] = (use) => {
  for (const index of BATCHES) use(tinyBatch(index), seed(index))
  return Promise.resolve()
}

describe('the trial of roundings', () => {
  it('takes the one with the least loss before a step, whatever its place, and leaves widths and weights as they were', async () => {
    const engine = engineWith()
    const count = bitsOf(engine).length
    const roundings = [5, 8, 4].map((bits): RoundedWidths => ({ widths: new Array<number>(count).fill(bits), outcome }))
    const start = engine.read()
    // What steps themselves report, each from the same state.
    const expected = roundings.map(({ widths }) => {
      const losses = BATCHES.map((index) => {
        engine.write(new Map([...start, ['quantizers/bits', Float32Array.from(widths)], ['quantizers/frozen', new Float32Array(count).fill(1)]]))
        return engine.step('width', { batch: tinyBatch(index), learningRate: 0.01, stageStep: 1, seed: seed(index) }).crossEntropy
      })
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    })
    engine.write(start)
    const { widths, outcome: tried } = await tryRoundings(engine, roundings, eachBatch)
    const best = expected.indexOf(Math.min(...expected))
    tried.trial?.losses.forEach((loss, i) => { expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 5) })
    expect(new Set(expected).size).toBe(3)
    expect(tried.trial).toMatchObject({ images: BATCHES.length * tinyBatch(0).labels.length, taken: best })
    expect(widths).toEqual(roundings[best]?.widths)
    expect(engine.read()).toEqual(start)
    const reversed = await tryRoundings(engine, [...roundings].reverse(), eachBatch)
    expect(reversed.widths).toEqual(widths)
  })

  it('leaves everything as it was when it is stopped', async () => {
    const engine = engineWith()
    const start = engine.read()
    const roundings = [4, 8].map((bits): RoundedWidths => ({ widths: new Array<number>(bitsOf(engine).length).fill(bits), outcome }))
    await expect(tryRoundings(engine, roundings, () => Promise.reject(new Error('stopped')))).rejects.toThrow('stopped')
    expect(engine.read()).toEqual(start)
  })

  it('keeps the first where there is nothing to try them on', async () => {
    const engine = engineWith()
    const roundings = [4, 8].map((bits): RoundedWidths => ({ widths: new Array<number>(bitsOf(engine).length).fill(bits), outcome }))
    expect(await tryRoundings(engine, roundings, () => Promise.resolve())).toEqual(roundings[0])
  })
})

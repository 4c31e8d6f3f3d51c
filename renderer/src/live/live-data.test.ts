import { describe, expect, it, vi } from 'vitest'
import { alignSeries } from './align-series'
import { createFrameBatch } from './frame-batch'
import { LogBuffer } from './log-buffer'
import { smooth } from './smooth'
import { WidthBuffer } from './width-buffer'

describe('alignSeries', () => {
  it('joins curves on the union of their steps and tells "no point" from "no value"', () => {
    const { x, ys } = alignSeries([
      { steps: Float64Array.of(1, 2, 3), values: Float64Array.of(10, Number.NaN, 30) },
      { steps: Float64Array.of(2, 5), values: Float64Array.of(7, 8) },
    ])
    expect([...x]).toEqual([1, 2, 3, 5])
    expect(ys).toEqual([
      [10, null, 30, undefined],
      [undefined, 7, undefined, 8],
    ])
  })
})

describe('WidthBuffer', () => {
  it('merges by step and keeps first and newest column when it thins', () => {
    const buffer = new WidthBuffer(10)
    for (let step = 0; step <= 100; step += 1) buffer.merge({ steps: [step], widths: [[8 - step / 50, step]] })
    buffer.merge({ steps: [100], widths: [[6, 1000]] })
    const { steps, widths } = buffer.history()
    expect(steps.length).toBeLessThanOrEqual(10)
    expect(steps[0]).toBe(0)
    expect(steps[steps.length - 1]).toBe(100)
    expect(widths.length).toBe(steps.length)
    expect(buffer.latest).toEqual([6, 1000])
  })
})

describe('LogBuffer', () => {
  const line = (seq: number) => ({ seq, time: seq, level: 'info' as const, message: `line ${seq}` })

  it('keeps a line that was queried and streamed once', () => {
    const buffer = new LogBuffer()
    buffer.append([line(1), line(2)])
    buffer.append([line(2), line(3)])
    expect(buffer.entries().map((entry) => entry.seq)).toEqual([1, 2, 3])
  })

  it('keeps the newest lines within its capacity', () => {
    const buffer = new LogBuffer(100)
    for (let seq = 1; seq <= 1000; seq += 1) buffer.append([line(seq)])
    expect(buffer.entries().length).toBeLessThanOrEqual(100)
    expect(buffer.lastSeq).toBe(1000)
    expect(buffer.entries().at(-1)?.seq).toBe(1000)
  })
})

describe('smooth', () => {
  it('begins at the first value, approaches a new level and leaves gaps alone', () => {
    const values = smooth([4, undefined, 4, ...new Array<number>(200).fill(8)], 10)
    expect(values[0]).toBe(4)
    expect(values[1]).toBeUndefined()
    expect(values[2]).toBe(4)
    expect(values.at(-1)).toBeCloseTo(8, 6)
  })
})

describe('createFrameBatch', () => {
  it('joins many changes into one repaint and paints nothing after it was stopped', async () => {
    const flush = vi.fn()
    const batch = createFrameBatch(flush)
    batch.schedule()
    batch.schedule()
    await vi.waitFor(() => expect(flush).toHaveBeenCalledTimes(1))
    batch.schedule()
    batch.stop()
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(flush).toHaveBeenCalledTimes(1)
  })
})

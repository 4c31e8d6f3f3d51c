import { describe, expect, it } from 'vitest'
import { SeriesBuffer } from './series-buffer'

const points = (buffer: SeriesBuffer) => [...buffer.points().steps].map((step, index) => [step, buffer.points().values[index]])

describe('SeriesBuffer', () => {
  it('appends and knows its newest point', () => {
    const buffer = new SeriesBuffer()
    buffer.merge({ steps: [1, 2], values: [10, 20] })
    buffer.merge({ steps: [3], values: [null] })
    expect(points(buffer)).toEqual([
      [1, 10],
      [2, 20],
      [3, Number.NaN],
    ])
    expect(buffer.lastStep).toBe(3)
    expect(buffer.lastValue).toBeNull()
  })

  it('does not double points that arrive again', () => {
    const buffer = new SeriesBuffer()
    buffer.merge({ steps: [1, 2, 3, 4], values: [1, 2, 3, 4] })
    buffer.merge({ steps: [3, 4, 5], values: [3, 4, 5] })
    expect(points(buffer)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ])
  })

  it('replaces what a resumed run repeats and keeps what lies beyond until it is repeated too', () => {
    const buffer = new SeriesBuffer()
    buffer.merge({ steps: [1, 2, 3, 4, 5], values: [1, 2, 3, 4, 5] })
    buffer.merge({ steps: [2, 3], values: [20, 30] })
    expect(points(buffer)).toEqual([
      [1, 1],
      [2, 20],
      [3, 30],
      [4, 4],
      [5, 5],
    ])
  })

  it('takes columns that jump back, as a frame that spans a resumption does', () => {
    const buffer = new SeriesBuffer()
    buffer.merge({ steps: [1, 2, 3, 2, 3, 4], values: [1, 2, 3, 22, 33, 44] })
    expect(points(buffer)).toEqual([
      [1, 1],
      [2, 22],
      [3, 33],
      [4, 44],
    ])
  })

  it('stays within its capacity for ever and keeps a spike', () => {
    const buffer = new SeriesBuffer(400)
    for (let step = 0; step < 50_000; step += 10) {
      const steps = Array.from({ length: 10 }, (_, index) => step + index)
      buffer.merge({ steps, values: steps.map((one) => (one === 12_345 ? 99 : 1)) })
      expect(buffer.size).toBeLessThanOrEqual(400)
    }
    expect([...buffer.points().values]).toContain(99)
    expect(buffer.lastStep).toBe(49_999)
  })
})

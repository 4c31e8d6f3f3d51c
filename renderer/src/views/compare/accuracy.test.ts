import { describe, expect, it } from 'vitest'
import type { ComparedRun } from '../../../../src/contract/comparison'
import { finalRow } from '../../../../src/contract/comparison/final-row'
import { axisOf, parallelAxes } from './parallel-axes'
import { frontOf, paretoPoints } from './pareto-chart'

const row = { top5: 99, loss: 0.1, images: 10, note: 'x' }
const run = (id: string, top1: number, sizeBits: number, duration: number): ComparedRun => ({
  ...{ id, name: id, status: 'finished', model: 'resnet20', dataset: 'cifar10', repeats: null, seed: 1, frozenStep: 3, createdAt: 1, duration },
  result: {
    rows: [
      { ...row, kind: 'int8', top1: 90, sizeBits: 800, rate: 1 },
      { ...row, kind: 'mixed', top1, sizeBits, rate: 800 / sizeBits },
    ],
    targetRate: 1.5,
    widths: [4],
  },
})
const runs = [run('a', 89, 500, 60), run('b', 91, 800, 30)]
const names = ['a', 'b']
const color = (index: number): string => `--run-${index}`

describe('models by accuracy and cost', () => {
  it('are dominated by those that cost no more and are better', () => {
    const points = paretoPoints(runs, names, color, 'size', [])
    expect(points.map(({ name, kind, dominated }) => [name, kind, dominated])).toEqual([
      ['a', 'int8', true],
      ['a', 'run', false],
      ['b', 'int8', true],
      ['b', 'run', false],
    ])
    expect(frontOf(points).map(({ cost }) => cost)).toEqual([500, 800])
  })

  it('are priced by bit operations where these are known, and by the time of the run they end', () => {
    const work = [{ runId: 'a', rows: [{ kind: 'mixed' as const, bitOperations: 7 }] }]
    expect(paretoPoints(runs, names, color, 'work', work).map(({ name, kind, cost }) => [name, kind, cost])).toEqual([['a', 'run', 7]])
    expect(paretoPoints(runs, names, color, 'time', []).map(({ name, cost, dominated }) => [name, cost, dominated])).toEqual([
      ['a', 60, true],
      ['b', 30, false],
    ])
  })
})

describe('the model a run ends with', () => {
  const int8 = { ...row, kind: 'int8' as const, top1: 90, sizeBits: 800, rate: 1 }
  it('is that of learned widths, or the trained one of a uniform baseline, and not where learning begins', () => {
    expect(finalRow(runs[0]?.result ?? null)?.kind).toBe('mixed')
    expect(finalRow({ targetRate: 1.5, rows: [int8] })).toBeNull()
    expect(finalRow({ targetRate: null, rows: [{ ...int8, kind: 'fp32' }, { ...int8, kind: 'rounded' }, { ...int8, kind: 'uniform' }] })?.kind).toBe('uniform')
    expect(finalRow({ targetRate: null, rows: [{ ...int8, kind: 'fp32' }] })).toBeNull()
    expect(finalRow(null)).toBeNull()
  })
})

describe('axes of parallel coordinates', () => {
  it('place numbers by size, by their logarithm where they span much, and texts at even distances', () => {
    expect(axisOf('x', 'x', [0, 5, 10, null]).places).toEqual([0, 0.5, 1, null])
    const rates = axisOf('lr', 'lr', [0.001, 0.01, 0.1])
    expect(rates.places.map((place) => place?.toFixed(6))).toEqual(['0.000000', '0.500000', '1.000000'])
    expect(rates.marks.map(({ text }) => text)).toEqual(['0.001', '0.01', '0.1'])
    expect(axisOf('o', 'o', ['SGD', 'Adam', 'SGD', 'RMSprop']).places).toEqual([1, 0, 1, 0.5])
    expect(axisOf('one', 'one', [3, 3]).places).toEqual([0.5, 0.5])
  })

  it('go from what differs to what came out', () => {
    const axes = parallelAxes(runs, [
      { key: 'name', values: ['a', 'b'] },
      { key: 'optimizer.base_lr', values: [0.1, null] },
    ])
    expect(axes.map(({ title }) => title)).toEqual(['base_lr', 'Rate', 'Top-1, integer'])
    expect(axes[0]?.places).toEqual([0.5, null])
    expect(axes[2]?.texts).toEqual(['89.00 %', '91.00 %'])
    expect(parallelAxes(runs.map((one) => ({ ...one, result: null })), [])).toEqual([])
  })
})

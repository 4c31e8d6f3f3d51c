import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../../../src/contract/comparison'
import { comparisonPage } from './comparison-page'

const comparison: Comparison = {
  runs: [
    {
      id: 'aaaaaaaaaaaa',
      name: '<b>A</b>',
      status: 'finished',
      model: 'resnet20',
      dataset: 'cifar10',
      repeats: null,
      seed: 1,
      result: { rows: [{ kind: 'mixed', top1: 91.5, top5: 99, loss: 0.1, images: 10, sizeBits: 8000, rate: 1.5, note: 'x' }], targetRate: 1.5, widths: [4] },
      frozenStep: 3,
      createdAt: 1,
      duration: 2,
    },
  ],
  config: [
    { key: 'seed', values: [1], differs: true },
    { key: 'model', values: ['resnet20'], differs: false },
  ],
  layers: [{ id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', elements: 9, bits: [4] }],
  metrics: [],
}

const confusion = {
  ...{ from: 'A · FP32', to: 'A · <i>Mixed</i>', classNames: ['ant', '<u>bee</u>'] },
  changes: Array.from({ length: 101 }, () => ({ actual: 0, predicted: 1, before: 3, after: 1200, change: 1197, better: false })),
}

describe('the page of a comparison', () => {
  const page = comparisonPage({ title: 'A & B', comparison, names: ['<b>A</b>'], verdicts: ['A is better.'], drawings: [{ title: 'Curve', svg: '<svg></svg>' }], confusion, madeAt: 'today' })
  it('needs nothing but itself', () => {
    expect(page).not.toMatch(/<script|src=|href=|url\(/)
    expect(page).toContain("default-src 'none'")
  })
  it('holds results, differences, widths and drawings, and takes names as text', () => {
    for (const part of ['A &amp; B', '91.50 %', '1.50×', '<th scope="row">seed</th>', '<td>4</td>', '<svg></svg>', 'A is better.', '&lt;b&gt;A&lt;/b&gt;']) expect(page).toContain(part)
    expect(page).not.toContain('<th scope="row">model</th>')
    expect(page).toContain('Confusion, from A · FP32 to A · &lt;i&gt;Mixed&lt;/i&gt;')
    expect(page.match(/<td>&lt;u&gt;bee&lt;\/u&gt;<\/td><td>3<\/td><td>1,200<\/td><td>\+1,197 worse<\/td>/g)).toHaveLength(100)
    expect(page).toContain('100 of 101 cells that changed.')
  })
})

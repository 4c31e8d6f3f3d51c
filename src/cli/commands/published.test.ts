import { describe, expect, it } from 'vitest'
import { publishedTable } from './published'

describe('the published table', () => {
  it('puts what was published beside what was reached, or says that nothing was run', () => {
    const text = publishedTable([
      {
        preset: 'resnet50_imagenet_fracbits',
        title: '',
        model: 'resnet50',
        dataset: 'imagenet',
        algorithm: 'fracbits_quantization',
        published: { top1: 76.12, drop: 0.04, rate: 1.54, fp32: 76.16 },
        own: { runId: 'abcdefgh1234', name: 'mine', top1: 75.9, drop: 0.26, rate: 1.512, images: 50_000, fractional: true },
      },
      { preset: 'mine_int8', title: '', model: 'resnet50', dataset: 'imagenet', algorithm: 'quantization', published: null, own: null },
    ])
    const [head, , first, second] = text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
    expect(head).toBe('configuration published drop rate yours drop rate images run')
    expect(first).toBe('resnet50_imagenet_fracbits 76.12% 0.04 1.54x 75.90% 0.26 1.51x 50,000 abcdefgh1234 (fractional widths)')
    expect(second).toBe('mine_int8 – – – not run')
  })
})

import { describe, expect, it } from 'vitest'
import { readConfigText } from '../config/config-text'
import type { ResultRow } from '../contract/entities'
import type { RunRecord } from '../store/repositories/runs'
import { uniformText, uniformWidths, verdictOf } from './run-baselines'

const row = (kind: ResultRow['kind'], top1: number, images = 10_000): ResultRow => ({ kind, top1, top5: 99, loss: 0.2, images, sizeBits: 100, rate: 1.6, note: 'x' })

const record = (weights: readonly [elements: number, bits: number][], activations: readonly number[]): RunRecord => {
  const quantizer = { layer: 'l', mode: 'symmetric', perChannel: false, minBits: 2, maxBits: 8 } as const
  return {
    id: 'aaaaaaaaaaaa',
    name: 'mixed',
    model: 'resnet20',
    dataset: 'fashion_mnist',
    status: 'finished',
    statusReason: null,
    phase: 'done',
    step: 1,
    totalSteps: 1,
    createdAt: 0,
    startedAt: 0,
    endedAt: 1,
    targetRate: 2,
    result: { rows: [row('mixed', 91)], targetRate: 2, widths: [...weights.map(([, bits]) => bits), ...activations] },
    config: {},
    dataDir: '/d',
    folder: '/f',
    workers: 1,
    quantizers: [
      ...weights.map(([elements], i) => ({ ...quantizer, id: `w${String(i)}`, kind: 'weight' as const, elements })),
      ...activations.map((_, i) => ({ ...quantizer, id: `a${String(i)}`, kind: 'activation' as const, elements: 0 })),
    ],
    environment: null,
  }
}

describe('baselines of a run', () => {
  it('are INT8, and the widest width for all weights that takes no more bits', () => {
    expect(uniformWidths(record([[100, 5]], [8]), 'int8')).toEqual({ weightBits: 8, activationBits: 8 })
    expect(uniformWidths(record([[100, 4], [300, 6]], [8, 6, 8]), 'uniform')).toEqual({ weightBits: 5, activationBits: 7 })
    // Exact rounding ends a hair below the budget: 3.99 bits are 4.
    expect(uniformWidths(record([[99, 4], [1, 3]], [8]), 'uniform').weightBits).toBe(4)
  })

  it('train as the run did, but for its widths, and keep its comments and its compatibility', () => {
    const text = `{
      // as published
      "model": "resnet20", "num_classes": 10, "input_info": { "sample_size": [1, 1, 28, 28] }, "dataset": "fashion_mnist", "epochs": 3,
      "compression": [{ "algorithm": "fracbits_quantization", "freeze_epoch": 1, "rounding": "exact", "loss": { "compression_rate": 2 }, "overflow_fix": "disable" }]
    }`
    const made = uniformText(text, 'studio', { weightBits: 4, activationBits: 8 })
    expect(made).toContain('// as published')
    const { config, issues } = readConfigText(made)
    expect(issues).toEqual([])
    expect(config).toMatchObject({
      epochs: 3,
      compatibility: 'studio',
      compression: { algorithm: 'quantization', overflow_fix: 'disable', bit_widths: { weight_bits: 4, activation_bits: 8 } },
    })
  })

  it('say when mixed precision does not pay, and when chance explains that it seems to', () => {
    expect(verdictOf(row('mixed', 91), row('uniform', 91.2), 5)).toMatchObject({ pays: false, sentence: expect.stringContaining('does not pay here') as string })
    expect(verdictOf(row('mixed', 91), row('uniform', 90.8), 5)).toMatchObject({ pays: false, sentence: expect.stringContaining('chance alone') as string })
    expect(verdictOf(row('mixed', 91), row('uniform', 89), 5)).toMatchObject({ pays: true })
    expect(verdictOf(row('mixed', 91, 100), row('uniform', 89, 100), 5).pays).toBe(false)
  })
})

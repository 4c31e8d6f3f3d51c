import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ResultRow, RunSummary } from '../contract/entities'
import { comparePublished } from './compare-published'
import { readConfigText } from './config-text'
import { readPresets } from './presets'

const presets = await readPresets(join(import.meta.dirname, '../../configs'))

const row = (kind: ResultRow['kind'], top1: number, more: Partial<ResultRow> = {}): ResultRow => ({
  kind,
  top1,
  top5: 90,
  loss: 1,
  images: 50_000,
  sizeBits: 8,
  rate: 1.5,
  note: '',
  ...more,
})
const run = (id: string, more: Partial<RunSummary>, rows: ResultRow[] | null): RunSummary => ({
  id,
  name: id,
  model: 'resnet50',
  dataset: 'imagenet',
  status: 'finished',
  statusReason: null,
  phase: 'done',
  step: 1,
  totalSteps: 1,
  createdAt: 0,
  startedAt: 0,
  endedAt: 0,
  targetRate: 1.5,
  ...more,
  result: rows === null ? null : { rows, targetRate: 1.5, widths: [] },
})
const ownOf = (runs: RunSummary[], preset = 'resnet50_imagenet_fracbits') => comparePublished(presets, runs).find((result) => result.preset === preset)?.own

describe('published results', () => {
  it('stand in the shipped configurations as they were printed: four of FracBits, and INT8 beside each', () => {
    const table = comparePublished(presets, []).map(({ model, algorithm, published }) => [
      model,
      algorithm === 'quantization' ? 'int8' : 'fracbits',
      published && [published.fp32, published.top1, published.drop, published.rate],
    ])
    expect(table).toEqual([
      ['inception_v3', 'fracbits', [77.34, 78.16, -0.82, 1.51]],
      ['inception_v3', 'int8', [77.34, 78.25, -0.91, 1]],
      ['mobilenet_v2_32x32', 'fracbits', [67.71, 67.26, 0.45, 1.5]],
      ['mobilenet_v2_32x32', 'int8', null],
      ['mobilenet_v2', 'fracbits', [71.87, 71.19, 0.68, 1.53]],
      ['mobilenet_v2', 'int8', [71.87, 71.35, 0.58, 1]],
      ['resnet50', 'fracbits', [76.16, 76.12, 0.04, 1.54]],
      ['resnet50', 'int8', [76.16, 76.42, -0.26, 1]],
    ])
  })

  it('belong to configurations that say nothing the sample does not know, and so follow it', () => {
    for (const { name, text, published } of presets) if (published) expect([name, readConfigText(text).config?.compatibility]).toEqual([name, 'nncf'])
  })

  it('meet the best run of the same model, data set and algorithm', () => {
    const runs = [
      run('first0001', {}, [row('fp32', 76), row('mixed', 75)]),
      run('second002', {}, [row('fp32', 76), row('int8', 79), row('mixed', 75.5)]),
      run('other0003', { model: 'resnet18' }, [row('mixed', 99)]),
      run('other0004', { dataset: 'folder' }, [row('mixed', 99)]),
      run('other0005', { targetRate: 2 }, [row('mixed', 99)]),
      run('unfinish6', { status: 'running' }, null),
    ]
    expect(ownOf(runs)).toEqual({ runId: 'second002', name: 'second002', top1: 75.5, drop: 0.5, rate: 1.5, images: 50_000, fractional: false })
    expect(ownOf(runs, 'resnet50_imagenet_int8')).toBeNull()
    const int8 = run('eight0007', { targetRate: null }, [row('int8', 76.25, { rate: 1 })])
    expect(ownOf([...runs, int8], 'resnet50_imagenet_int8')).toMatchObject({ runId: 'eight0007', top1: 76.25, drop: null })
  })

  it('rather meet integers than fractional widths, and all images than a few', () => {
    const whole = run('whole0001', {}, [row('mixed', 70)])
    expect(ownOf([whole, run('few000002', {}, [row('mixed', 100, { images: 8 })])])?.runId).toBe('whole0001')
    expect(ownOf([whole, run('frac00003', {}, [row('mixed', 90, { fractional: true })])])?.runId).toBe('whole0001')
    expect(ownOf([run('frac00003', {}, [row('mixed', 90, { fractional: true })])])?.fractional).toBe(true)
  })
})

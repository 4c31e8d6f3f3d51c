import { describe, expect, it } from 'vitest'
import type { RunResult } from '../../../src/contract/entities'
import { newsOf } from './run-news'

const row = { top5: 99, loss: 0.1, images: 10, sizeBits: 100, note: '' }
const result: RunResult = {
  rows: [
    { ...row, kind: 'fp32', top1: 91.25, rate: 0.25 },
    { ...row, kind: 'mixed', top1: 90.5, rate: 1.51 },
  ],
  targetRate: 1.5,
  widths: [4],
}
const run = { id: 'r1', name: 'photos', result }

describe('news of a run', () => {
  it('tell the accuracy of the integer model beside that of FP32', () => {
    expect(newsOf(run, 'finished', null)).toEqual({
      runId: 'r1',
      title: 'photos is finished',
      body: 'Mixed precision 90.50 % (FP32 91.25 %), 1.51 times smaller than INT8.',
    })
    expect(newsOf({ ...run, result: null }, 'finished', null)?.body).toBe('All steps are done.')
  })

  it('tell why a run failed, waits or starts again', () => {
    const titles = (['failed', 'interrupted', 'queued', 'paused', 'running'] as const).map((status) => newsOf(run, status, 'The disk is full.'))
    expect(titles.map((news) => news?.title)).toEqual(['photos failed', 'photos was interrupted', 'photos starts again', 'photos has to wait', 'photos has to wait'])
    expect(new Set(titles.map((news) => news?.body))).toEqual(new Set(['The disk is full.']))
  })

  it('are none for what a person asked for', () => {
    expect((['queued', 'starting', 'running', 'paused', 'stopping'] as const).map((status) => newsOf(run, status, null))).toEqual([null, null, null, null, null])
    expect(newsOf(run, 'stopped', 'Stopped at once.')).toBeNull()
  })
})

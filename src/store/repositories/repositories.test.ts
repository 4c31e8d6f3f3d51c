import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { openStore, type Store } from '../store'
import { checkpointListSql } from './checkpoints'
import { logPageSql } from './logs'
import { bucketsOfRangesSql } from './metric-buckets'
import { metricBoundsSql, metricBucketsSql, metricCoarseSql, metricPageSql, metricPointsSql } from './metrics'
import { type NewRun, runListSql } from './runs'
import { widthGradientPageSql, widthGradientsAtSql } from './width-gradients'
import { widthBoundsSql, widthBucketsSql, widthPageSql, widthRowsSql } from './widths'

let temp: ReturnType<typeof makeTempDir>
let store: Store

const run = (id: string, changes: Partial<NewRun> = {}): NewRun => ({
  id,
  name: 'demo',
  model: 'resnet20',
  dataset: 'fashion_mnist',
  status: 'queued',
  phase: 'preparing',
  step: 0,
  totalSteps: 0,
  createdAt: 1_700_000_000_000,
  targetRate: 1.5,
  config: { model: 'resnet20' },
  dataDir: '/data',
  folder: '/runs/x',
  workers: 1,
  ...changes,
})
const A = 'aaaaaaaaaaaa'
const B = 'bbbbbbbbbbbb'

beforeEach(async () => {
  temp = makeTempDir()
  store = await openStore(join(temp.path, 'studio.db'))
  await store.transaction(async (t) => {
    await store.runs.insert(t, run(A))
    await store.runs.insert(t, run(B, { status: 'finished' }))
  })
})
afterEach(async () => {
  await store.close()
  temp.remove()
})

describe('runs', () => {
  it('lists newest first, in pages and by status', async () => {
    expect((await store.runs.list({ limit: 1, before: null })).map(({ id }) => id)).toEqual([B])
    expect((await store.runs.list({ limit: 5, before: B })).map(({ id }) => id)).toEqual([A])
    expect((await store.runs.list({ limit: 5, before: null, status: ['queued', 'running'] })).map(({ id }) => id)).toEqual([A])
  })

  it('keeps every changed field', async () => {
    const result = { rows: [], targetRate: 1.5, widths: [8, 4] }
    await store.transaction((t) =>
      store.runs.update(t, A, { status: 'failed', statusReason: 'Out of memory.', step: 7, endedAt: 5, result, phase: 'int8-evaluation' }),
    )
    expect(await store.runs.get(A)).toMatchObject({
      status: 'failed',
      statusReason: 'Out of memory.',
      step: 7,
      endedAt: 5,
      result,
      phase: 'int8-evaluation',
      config: { model: 'resnet20' },
      quantizers: [],
      environment: null,
    })
    await store.transaction((t) => store.runs.update(t, A, { statusReason: null, result: null }))
    expect(await store.runs.get(A)).toMatchObject({ statusReason: null, result: null })
  })

  it('says which run is unknown', async () => {
    await expect(store.runs.get('zzzzzzzzzz')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.transaction((t) => store.runs.update(t, 'zzzzzzzzzz', { step: 1 }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('metrics', () => {
  const append = (key: string, steps: number[], values: (number | null)[], id = A): Promise<void> =>
    store.transaction((t) => store.metrics.append(t, id, [{ key, steps, values }]))

  it('gives short series back point by point, with gaps', async () => {
    await append('train/loss', [1, 2, 3], [0.1, null, 0.25])
    await append('train/loss', [2], [9], B)
    expect(await store.metrics.read(A, ['train/loss', 'val/top1'], 100)).toEqual([{ key: 'train/loss', steps: [1, 2, 3], values: [0.1, null, 0.25] }])
  })

  it('keeps the spikes and the last point of a long series within the limit', async () => {
    const steps = Array.from({ length: 10_000 }, (_, step) => step)
    const values = steps.map((step) => (step === 4321 ? 1000 : step === 7777 ? -1000 : Math.sin(step / 100)))
    await append('train/loss', steps, values)
    const [series] = await store.metrics.read(A, ['train/loss'], 300)
    expect(series?.steps.length).toBeLessThanOrEqual(300)
    expect(series?.steps.length).toBeGreaterThan(200)
    expect(series?.steps).toEqual([...(series?.steps ?? [])].sort((a, b) => a - b))
    expect(series?.values).toContain(1000)
    expect(series?.values).toContain(-1000)
    expect(series?.steps.at(-1)).toBe(9999)
    for (const [index, step] of (series?.steps ?? []).entries()) expect(series?.values[index]).toBeCloseTo(values[step] ?? NaN, 12)
  })

  it('keeps a spike of one step in a million points, whole and in a part', async () => {
    const count = 1_000_000
    const steps = Array.from({ length: count }, (_, step) => step)
    const values = steps.map((step) => (step === 654_321 ? 1000 : Math.sin(step / 1000)))
    await append('train/loss', steps, values)
    const [whole] = await store.metrics.read(A, ['train/loss'], 2000)
    expect(whole?.steps.length).toBeLessThanOrEqual(2000)
    expect(whole?.steps[whole.values.indexOf(1000)]).toBe(654_321)
    expect(whole?.steps.at(-1)).toBe(count - 1)
    const [part] = await store.metrics.read(A, ['train/loss'], 300, { from: 654_000, to: 655_000 })
    expect(part?.steps[part.values.indexOf(1000)]).toBe(654_321)
    expect([part?.steps[0] ?? 0, part?.steps.at(-1)]).toEqual([expect.closeTo(654_000, -1), 655_000])
  })

  it('forgets extremes that lie behind a step that is taken back', async () => {
    const steps = Array.from({ length: 1000 }, (_, step) => step)
    await append(
      'train/loss',
      steps,
      steps.map((step) => (step === 900 ? 99 : 1)),
    )
    await store.transaction((t) => store.metrics.deleteAfter(t, A, 700))
    await append('train/loss', [701, 702], [2, 3])
    const summary = await store.database.get('SELECT last, low, high FROM metric_summaries')
    expect(summary).toEqual({ last: 3, low: 1, high: 3 })
    expect((await store.database.get('SELECT sum(count) AS points FROM metric_buckets'))?.['points']).toBe(703)
  })

  it('replaces a point that comes again and deletes what lies behind a step', async () => {
    await append('train/loss', [1, 2, 3], [1, 2, 3])
    await append('val/loss', [1, 3], [1, 3])
    await append('train/loss', [3], [30], B)
    await append('train/loss', [2, 2], [20, 21])
    await store.transaction((t) => store.metrics.deleteAfter(t, A, 2))
    expect(await store.metrics.read(A, ['train/loss', 'val/loss'], 100)).toEqual([
      { key: 'train/loss', steps: [1, 2], values: [1, 21] },
      { key: 'val/loss', steps: [1], values: [1] },
    ])
    expect(await store.metrics.read(B, ['train/loss'], 100)).toHaveLength(1)
  })
})

describe('bit-widths', () => {
  it('come back as they were, thinned to the limit with first and last row', async () => {
    const steps = Array.from({ length: 1000 }, (_, index) => index + 5)
    await store.transaction((t) => store.widths.append(t, A, { steps, widths: steps.map((step) => [8 - step / 1000, 4]) }))
    const all = await store.widths.read(A, 2000)
    expect(all.steps).toEqual(steps)
    expect(all.widths[0]).toEqual([7.995, 4])
    const thin = await store.widths.read(A, 50)
    expect(thin.steps.length).toBeLessThanOrEqual(50)
    expect([thin.steps[0], thin.steps.at(-1)]).toEqual([5, 1004])
    await store.transaction((t) => store.widths.deleteAfter(t, A, 6))
    expect((await store.widths.read(A, 50)).steps).toEqual([5, 6])
    expect(await store.widths.read(B, 50)).toEqual({ steps: [], widths: [] })
  })
})

describe('gradients of bit-widths', () => {
  const row = (from: number, to: number) => ({ from, to, task: [from / 4, -0.5], size: [0.25, to] })

  it('are those of the steps that one is among, and end where a run goes back to', async () => {
    await store.transaction((t) => store.widthGradients.append(t, A, [row(3, 5), row(6, 9)]))
    expect(await Promise.all([2, 3, 5, 6, 9, 10].map((step) => store.widthGradients.at(A, step)))).toEqual([null, row(3, 5), row(3, 5), row(6, 9), row(6, 9), null])
    expect(await store.widthGradients.page(A, 5, 10)).toEqual([row(6, 9)])
    expect(await store.widthGradients.at(B, 4)).toBeNull()
    await store.transaction((t) => store.widthGradients.deleteAfter(t, A, 7))
    expect([await store.widthGradients.at(A, 6), await store.widthGradients.at(A, 4)]).toEqual([null, row(3, 5)])
  })

  it('are read by page and by moment through their index', async () => {
    for (const sql of [widthGradientsAtSql, widthGradientPageSql]) {
      const plan = (await store.database.all(`EXPLAIN QUERY PLAN ${sql}`, [A, 1, 2].slice(0, sql === widthGradientsAtSql ? 2 : 3))).map(({ detail }) => String(detail))
      expect(plan.some((line) => line.startsWith('SEARCH width_gradients'))).toBe(true)
    }
  })
})

describe('logs', () => {
  it('are numbered through and paged', async () => {
    const entry = (message: string) => ({ time: 1.6, level: 'info' as const, message })
    await store.transaction((t) => store.logs.append(t, A, [entry('one'), entry('two')]))
    expect(await store.transaction((t) => store.logs.append(t, A, [entry('three')]))).toEqual([{ seq: 3, time: 2, level: 'info', message: 'three' }])
    expect((await store.logs.page(A, 1, 10)).map(({ message }) => message)).toEqual(['two', 'three'])
    expect((await store.logs.page(A, 0, 1)).map(({ message }) => message)).toEqual(['one'])
  })
})

describe('checkpoints', () => {
  it('are listed newest first; one written again replaces its record', async () => {
    const checkpoint = (step: number, file: string) => ({
      runId: A,
      step,
      phase: 'fp32-training' as const,
      file,
      sizeBytes: 10,
      sha256: 'a'.repeat(64),
      createdAt: 1,
    })
    await store.transaction(async (t) => {
      await store.checkpoints.insert(t, checkpoint(5, 'checkpoints/5'))
      await store.checkpoints.insert(t, checkpoint(9, 'checkpoints/9'))
      await store.checkpoints.insert(t, checkpoint(6, 'checkpoints/5'))
    })
    expect((await store.checkpoints.list(A)).map(({ step }) => step)).toEqual([9, 6])
    await store.transaction((t) => store.checkpoints.deleteAfter(t, A, 6))
    expect((await store.checkpoints.list(A)).map(({ step }) => step)).toEqual([6])
  })
})

describe('hot queries', () => {
  const cases: [string, string, (string | number)[]][] = [
    ['a page of runs', runListSql(false), [A, 10]],
    ['a page of runs by status', runListSql(true), [A, 10, '["queued"]']],
    ['metric bounds', metricBoundsSql, [A, 'k', 0, 9]],
    ['metric points', metricPointsSql, [A, 'k', 0, 9]],
    ['a page of metric points', metricPageSql, [A, 'k', 0, 9]],
    ['metric buckets', metricBucketsSql, [A, 'k', 0, 9, 10, 100]],
    ['coarse metric buckets', metricCoarseSql, [A, 'k', 0, 9, 10, 100]],
    ['buckets of added points', bucketsOfRangesSql, [A, '[["k",0,256]]']],
    ['width bounds', widthBoundsSql, [A]],
    ['width rows', widthRowsSql, [A]],
    ['a page of width rows', widthPageSql, [A, 0, 9]],
    ['width buckets', widthBucketsSql, [A, 0, 10, 100]],
    ['a page of the log', logPageSql, [A, 0, 10]],
    ['checkpoints of a run', checkpointListSql, [A]],
  ]
  it('added points lead to their own range of steps, not to all points of the run', async () => {
    const plan = (await store.database.all(`EXPLAIN QUERY PLAN ${bucketsOfRangesSql}`, [A, '[["k",0,256]]'])).map(({ detail }) => String(detail))
    expect(plan.find((line) => line.startsWith('SEARCH m '))).toContain('(run=? AND series=? AND step>? AND step<?)')
  })
  it.each(cases)('%s: read through an index, never a whole table', async (_, sql, params) => {
    const plan = (await store.database.all(`EXPLAIN QUERY PLAN ${sql}`, params)).map(({ detail }) => String(detail))
    expect(plan.filter((line) => /SCAN (runs|metrics|metric_buckets|widths|logs|checkpoints|series|c|r)\b(?! USING)/.test(line))).toEqual([])
    expect(plan.some((line) => /SEARCH \w+ USING/.test(line))).toBe(true)
  })
})

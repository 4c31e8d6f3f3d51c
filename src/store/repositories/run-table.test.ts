import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunGroupQuery, RunTableQuery } from '../../contract/run-table'
import { makeTempDir } from '../../util/temp-dir'
import { openStore, type Store } from '../store'
import { seedRuns } from '../testing/seeded-runs'

/** 10,000 runs with everything they are filtered by. */
let temp: ReturnType<typeof makeTempDir>
let store: Store

beforeAll(async () => {
  temp = makeTempDir()
  store = await openStore(join(temp.path, 'studio.db'))
  await seedRuns(store, { runs: 10_000, longPoints: 0, folder: '/runs', now: Date.UTC(2026, 10, 24) })
}, 120_000)
afterAll(async () => {
  await store.close()
  temp.remove()
})

const page = (query: RunTableQuery) => store.table.page(RunTableQuery.parse(query))
const total = async (filter: string): Promise<number> => (await page({ filter, limit: 0 })).total

describe('table of 10,000 runs', () => {
  it('filters by what runs have, by configuration, result and metrics', async () => {
    expect(await total('')).toBe(10_000)
    expect((await total('status = failed')) + (await total('status != failed'))).toBe(10_000)
    expect(await total('config.seed = 3')).toBe(2000)
    expect(
      (await total('model = RESNET20 and not config.optimizer.base_lr >= 0.03')) + (await total('model = resnet20 config.optimizer.base_lr >= 0.03')),
    ).toBe(await total('model = resnet20'))
    const { rows } = await page({ filter: 'val/top1:best > 89 or result.mixed.top1 > 89', columns: ['val/top1:best', 'result.mixed.top1'] })
    expect(rows.length).toBeGreaterThan(0)
    for (const { cells } of rows) expect(Math.max(Number(cells[0]), Number(cells[1]))).toBeGreaterThan(89)
    expect(await total('created > 2026-11-23T12:00')).toBeLessThan(1000)
    expect(await total('has:result.mixed.top1')).toBe(await total('status = finished'))
    expect(await total('"resnet20 2x"')).toBe(await total('model = resnet20 and target = 2'))
  })

  it('says which field there is not', async () => {
    await expect(total('colour = red')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no field "colour"') as unknown })
    await expect(total('name =')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('sorts by any field with what has no value last, and pages without gaps', async () => {
    const sort = [{ key: 'result.mixed.top1', descending: true }]
    const first = await page({ sort, columns: ['result.mixed.top1'], limit: 500 })
    const second = await page({ sort, columns: ['result.mixed.top1'], limit: 500, offset: 500 })
    const values = [...first.rows, ...second.rows].map(({ cells }) => Number(cells[0]))
    expect(values).toEqual([...values].sort((a, b) => b - a))
    expect(new Set([...first.rows, ...second.rows].map(({ id }) => id)).size).toBe(1000)
    expect((await page({ sort, columns: ['result.mixed.top1'], limit: 1, offset: 9999 })).rows[0]?.cells).toEqual([null])
    expect((await store.table.ids({ filter: '', shelf: 'active', sort })).slice(500, 1000)).toEqual(second.rows.map(({ id }) => id))
  })

  it('gives the value at the moment of freezing, which is not the last', async () => {
    const { rows } = await page({ columns: ['val/top1', 'val/top1:freeze', 'val/top1:max', 'frozen'], limit: 1 })
    const [run] = rows
    const [series] = await store.metrics.read(run?.id ?? '', ['val/top1'], 100)
    expect(run?.cells).toEqual([series?.values[5], series?.values[3], Math.max(...(series?.values ?? []).map(Number)), 160])
  })

  it('groups with mean and standard deviation', async () => {
    const groups = await store.table.groups(
      RunGroupQuery.parse({ filter: 'status = finished', by: 'config.seed', columns: ['result.mixed.top1', 'status'] }),
    )
    expect(groups.map(({ value }) => value).sort()).toEqual([0, 1, 2, 3, 4])
    const { rows } = await page({ filter: 'status = finished config.seed = 2', columns: ['result.mixed.top1'], limit: 500 })
    const more = await page({ filter: 'status = finished config.seed = 2', columns: ['result.mixed.top1'], limit: 500, offset: 500 })
    const rest = await page({ filter: 'status = finished config.seed = 2', columns: ['result.mixed.top1'], limit: 500, offset: 1000 })
    const last = await page({ filter: 'status = finished config.seed = 2', columns: ['result.mixed.top1'], limit: 500, offset: 1500 })
    const values = [rows, more.rows, rest.rows, last.rows].flat().map(({ cells }) => Number(cells[0]))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const group = groups.find(({ value }) => value === 2)
    expect(group?.runs).toBe(values.length)
    expect(group?.spreads[0]?.mean).toBeCloseTo(mean, 9)
    expect(group?.spreads[0]?.deviation).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)), 9)
    expect(group?.spreads[1]).toBeNull()
  })

  it('completes fields and values', async () => {
    const keys = (await store.table.fields()).map(({ key }) => key)
    expect(keys).toEqual(
      expect.arrayContaining(['status', 'config.optimizer.base_lr', 'val/top1:best', 'result.mixed.sizeBits', 'config.input_info.sample_size']),
    )
    expect(await store.table.values('model', 'net_v', 5)).toEqual(['mobilenet_v2'])
  })
})

describe('annotations', () => {
  it('change many runs alike; the shelves keep apart what is in use, put away and in the bin', async () => {
    const [a = '', b = '', c = ''] = await store.table.ids({ filter: '', shelf: 'active', sort: [] })
    const change = (ids: string[], what: Parameters<Store['annotations']['change']>[2]) =>
      store.transaction((t) => store.annotations.change(t, ids, what, 5))
    expect(await change([a, b, 'nobody'], { addTags: ['baseline', 'paper'], starred: true })).toBe(2)
    await change([b], { removeTags: ['paper'], notes: 'best so far' })
    expect(await total('tag = baseline')).toBe(2)
    expect(await total('tag != paper')).toBe(9999)
    expect(await total('starred best')).toBe(1)
    expect(await store.annotations.get(b)).toMatchObject({ tags: ['baseline'], notes: 'best so far', starred: true, archived: false })
    await change([b, c], { archived: true })
    expect((await page({ shelf: 'archived' })).rows.map(({ id }) => id)).toEqual([b, c])
    await change([c], { inBin: true })
    expect((await page({ shelf: 'bin' })).rows.map(({ id }) => id)).toEqual([c])
    await store.transaction((t) => store.annotations.forget(t, [a, c]))
    await expect(store.annotations.get(c)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.metrics.keys(c)).toEqual([])
    expect((await store.annotations.get(a)).starred).toBe(true)
  })
})

describe('saved views', () => {
  it('are kept by name and kind', async () => {
    const save = (name: string, state: unknown) => store.transaction((t) => store.views.save(t, { kind: 'table', name, state, updatedAt: 1 }))
    const id = await save('Best', { filter: 'starred' })
    expect(await save('Best', { filter: 'not starred' })).toBe(id)
    expect(await store.views.list('table')).toEqual([{ id, kind: 'table', name: 'Best', state: { filter: 'not starred' }, updatedAt: 1 }])
    expect(await store.views.list('comparison')).toEqual([])
    await store.transaction((t) => store.views.remove(t, id))
    expect(await store.views.list('table')).toEqual([])
  })
})

describe('comparison', () => {
  it('has what differs, the bit-widths by layer and the results, in the order that was asked for', async () => {
    const ids = (await store.table.ids({ filter: 'status = finished model = resnet20', shelf: 'active', sort: [] })).slice(0, 3).reverse()
    const { runs, config, layers, metrics } = await store.comparison.read([...ids, 'nobody'])
    expect(runs.map(({ id }) => id)).toEqual(ids)
    expect(config.find(({ key }) => key === 'model')).toEqual({ key: 'model', values: ['resnet20', 'resnet20', 'resnet20'], differs: false })
    expect(config.find(({ key }) => key === 'seed')?.values).toEqual(runs.map(({ seed }) => seed))
    expect(layers.map(({ layer }) => layer)).toContain('layer2.0.conv1')
    expect(layers[0]?.bits).toEqual(runs.map(({ result }) => result?.widths[0]))
    expect(metrics).toContain('val/top1')
  })

  it('reads ten curves of fifty runs, each whole where it is short', async () => {
    const ids = (await store.table.ids({ filter: '', shelf: 'active', sort: [] })).slice(0, 50)
    const keys = (await store.comparison.read(ids)).metrics
    expect(keys).toHaveLength(10)
    const curves = (await Promise.all(ids.map((id) => store.metrics.read(id, [...keys], 500)))).flat()
    expect(curves.map(({ steps }) => steps.length)).toEqual(Array<number>(500).fill(6))
  })
})

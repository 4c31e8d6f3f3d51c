import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Batch, BatchLoader, Dataset } from './batch'
import { excludedByName, excludedByPlace } from './kept-images'
import { openDataset, type OpenDatasetOptions } from './open-dataset'
import { writeIdxDataset } from './testing/write-idx-dataset'
import { writeImageFolder } from './testing/write-image-folder'

const TRAIN = 103
const VALIDATION = 45

let folder: string
const opened: Dataset[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-data-'))
  await writeIdxDataset(folder, { train: TRAIN, validation: VALIDATION })
})
afterEach(() => Promise.all(opened.splice(0).map((dataset) => dataset.close())))
afterAll(() => rm(folder, { recursive: true }))

async function open(options: Partial<OpenDatasetOptions> = {}): Promise<Dataset> {
  const dataset = await openDataset({ name: 'fashion_mnist', dir: folder, workers: 0, channels: 1, height: 28, width: 28, ...options })
  opened.push(dataset)
  return dataset
}

interface Seen {
  step: number
  labels: number[]
  pixels: string
}

async function drain(loader: BatchLoader): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
    seen.push({ step: batch.step, labels: [...batch.labels], pixels: Buffer.from(batch.images).toString('base64') })
    batch.release()
  }
  await loader.close()
  return seen
}

const epoch = (startStep = 0, change: { epoch?: number; seed?: number; augmentation?: boolean } = {}) => ({
  batchSize: 10,
  seed: 5,
  epoch: 2,
  startStep,
  augmentation: true,
  ...change,
})

/** Threads of this process that load data. */
function loaderThreads(): number {
  const report = process.report.getReport() as { workers?: readonly { header?: { threadId?: number } }[] }
  return report.workers?.length ?? 0
}

describe('openDataset', () => {
  it('describes the data', async () => {
    const dataset = await open({ limit: { train: 50 } })
    expect(dataset.train).toMatchObject({ count: 50, excluded: [], channels: 1, height: 28, width: 28 })
    expect(dataset.validation.count).toBe(VALIDATION)
    expect(dataset.train.nameOf(7)).toBe('train/000007')
    expect(dataset.classNames).toHaveLength(10)
    expect([dataset.mean, dataset.std]).toEqual([[0.286], [0.353]])
  })

  it('leaves out excluded images of a packed set, before the limit counts', async () => {
    const all = await drain((await open()).pass({ split: 'validation', batchSize: 1 }))
    const dataset = await open({ isExcluded: excludedByName(['validation/000000', 'validation/000002', 'train/000100']), limit: { validation: 4 } })
    expect([dataset.train.count, dataset.train.excluded, dataset.validation.count, dataset.validation.excluded]).toEqual([TRAIN - 1, [100], 4, [0, 2]])
    const kept = await drain(dataset.pass({ split: 'validation', batchSize: 1 }))
    expect(kept.map(({ labels, pixels }) => [labels, pixels])).toEqual([1, 3, 4, 5].map((place) => [all[place]?.labels, all[place]?.pixels]))
  })

  it('leaves out excluded files of a folder; their classes keep their numbers', async () => {
    const tree = join(folder, 'tree')
    await writeImageFolder(tree, { classNames: ['ant', 'bee'], train: 3, validation: 2, width: 40, height: 30 })
    const dataset = await open({ name: 'folder', dir: tree, channels: 3, height: 32, width: 32, isExcluded: excludedByName(['train/ant/0.jpg', 'val/ant/0.jpg', 'val/ant/1.png']) })
    expect([dataset.train.count, dataset.train.excluded, dataset.validation.excluded, dataset.classNames]).toEqual([5, [0], [0, 1], ['ant', 'bee']])
    expect((await drain(dataset.pass({ split: 'validation', batchSize: 2 }))).flatMap(({ labels }) => labels)).toEqual([1, 1])
    const byPlace = await open({ name: 'folder', dir: tree, channels: 3, height: 32, width: 32, isExcluded: excludedByPlace([0, 1]) })
    expect([byPlace.train.count, byPlace.validation.excluded]).toEqual([6, [0, 1]])
  })

  it('repeats the statistics for repeated channels', async () => {
    expect((await open({ name: 'mnist', channels: 3, height: 32, width: 32 })).mean).toEqual([0.1307, 0.1307, 0.1307])
  })

  it.each([
    [2, 28, 28],
    [1, 32, 28],
    [1, 224, 224],
  ])('refuses %i x %i x %i with the key to change', async (channels, height, width) => {
    await expect(open({ channels, height, width })).rejects.toMatchObject({ code: 'CONFIG_INVALID', issues: [{ path: 'input_info.sample_size' }] })
  })

  it('refuses a batch that no epoch can fill', async () => {
    const dataset = await open()
    expect(() => dataset.trainEpoch({ ...epoch(), batchSize: TRAIN + 1 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', issues: [expect.objectContaining({ path: 'batch_size' })] }),
    )
  })

  it('reports a damaged file before anything starts', async () => {
    const damaged = await mkdtemp(join(tmpdir(), 'fracbits-data-'))
    await writeIdxDataset(damaged, { train: 10, validation: 10, gzip: true })
    await truncate(join(damaged, 't10k-images-idx3-ubyte.gz'), 500)
    await expect(open({ dir: damaged, workers: 2 })).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('t10k-images-idx3-ubyte.gz'),
    })
    await rm(damaged, { recursive: true })
  })
})

describe.each([0, 1, 3])('with %i workers', (workers) => {
  it('gives an epoch every image at most once, in whole batches', async () => {
    const dataset = await open({ workers })
    const seen = await drain(dataset.trainEpoch(epoch(0, { augmentation: false })))
    expect(seen.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const numbers = seen.flatMap(({ pixels }) => {
      const bytes = Buffer.from(pixels, 'base64')
      return Array.from({ length: 10 }, (_, place) => bytes.readUInt16BE(place * 784))
    })
    expect(new Set(numbers).size).toBe(100)
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b))
  })

  it('gives a pass every image once in file order and pads with label -1', async () => {
    const dataset = await open({ workers })
    const seen = await drain(dataset.pass({ split: 'validation', batchSize: 20 }))
    expect(seen).toHaveLength(3)
    expect(seen[2]?.labels.slice(5)).toEqual(Array.from({ length: 15 }, () => -1))
    const numbers = seen.flatMap(({ pixels }) => Array.from({ length: 20 }, (_, place) => Buffer.from(pixels, 'base64').readUInt16BE(place * 784)))
    expect(numbers.slice(0, VALIDATION)).toEqual(Array.from({ length: VALIDATION }, (_, image) => image))
    expect(seen.flatMap(({ labels }) => labels).filter((label) => label >= 0)).toHaveLength(VALIDATION)
    expect(
      (await drain(dataset.pass({ split: 'train', batchSize: 8, limit: 11 }))).map(({ labels }) => labels.filter((label) => label >= 0).length),
    ).toEqual([8, 3])
  })

  it('goes on in the middle of an epoch as if never interrupted', async () => {
    const dataset = await open({ workers })
    const all = await drain(dataset.trainEpoch(epoch()))
    expect(await drain(dataset.trainEpoch(epoch(7)))).toEqual(all.slice(7))
    expect(await drain(dataset.trainEpoch(epoch(10)))).toEqual([])
  })

  it('makes what one thread alone makes', async () => {
    const alone = await drain((await open()).trainEpoch(epoch()))
    expect(await drain((await open({ workers })).trainEpoch(epoch()))).toEqual(alone)
  })

  it('depends on seed and epoch', async () => {
    const dataset = await open({ workers })
    const all = await drain(dataset.trainEpoch(epoch()))
    expect(await drain(dataset.trainEpoch(epoch(0, { epoch: 3 })))).not.toEqual(all)
    expect(await drain(dataset.trainEpoch(epoch(0, { seed: 6 })))).not.toEqual(all)
  })

  it('runs a pass in the middle of an epoch', async () => {
    const dataset = await open({ workers })
    const loader = dataset.trainEpoch(epoch())
    const first = await loader.next()
    const before = Buffer.from(first?.images ?? []).toString('base64')
    await drain(dataset.pass({ split: 'validation', batchSize: 10 }))
    expect(Buffer.from(first?.images ?? []).toString('base64')).toBe(before)
    first?.release()
    expect((await drain(loader)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('does not stall a caller that holds every batch, and refuses a second release', async () => {
    const loader = (await open({ workers })).trainEpoch(epoch())
    const held: Batch[] = []
    for (let batch = await loader.next(); batch !== null; batch = await loader.next()) held.push(batch)
    expect(held).toHaveLength(10)
    expect(new Set(held.map(({ images }) => images.buffer)).size).toBe(10)
    held.forEach((batch) => batch.release())
    expect(() => held[0]?.release()).toThrow(/twice/)
  })

  it('delivers batches asked for at once in order and then ends', async () => {
    const loader = (await open({ workers })).trainEpoch(epoch(8))
    const batches = await Promise.all([loader.next(), loader.next(), loader.next()])
    expect(batches.map((batch) => batch?.step ?? null)).toEqual([8, 9, null])
    expect(loader.waitedMs).toBeGreaterThan(0)
  })

  it('gives null after close and lets the next loader begin', async () => {
    const dataset = await open({ workers })
    const loader = dataset.trainEpoch(epoch())
    const asked = loader.next()
    await loader.close()
    await asked.then((batch) => batch?.release())
    expect(await loader.next()).toBeNull()
    expect(await drain(dataset.trainEpoch(epoch(9)))).toHaveLength(1)
  })
})

describe('workers', () => {
  it('are gone after closing while they are busy, and whoever waits hears of it', async () => {
    const before = loaderThreads()
    const dataset = await openDataset({ name: 'mnist', dir: folder, workers: 3, channels: 3, height: 32, width: 32 })
    await drain(dataset.pass({ split: 'validation', batchSize: 1 }))
    expect(loaderThreads()).toBe(before + 3)
    const loaders = Array.from({ length: 40 }, () => dataset.pass({ split: 'train', batchSize: 10 }))
    const waiting = Promise.allSettled(loaders.map((loader) => loader.next()))
    // In the same turn: no answer of a thread can come in between.
    await dataset.close()
    expect(loaderThreads()).toBe(before)
    const outcomes = await waiting
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } })
    await expect(loaders[1]?.next()).rejects.toMatchObject({ code: 'CANCELLED' })
    await Promise.all(loaders.map((loader) => loader.close()))
  })
})

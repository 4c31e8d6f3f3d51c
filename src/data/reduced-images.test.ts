import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Dataset } from './batch'
import { openDataset, type OpenDatasetOptions } from './open-dataset'
import { classImage, jpegBytes, writeImageFolder } from './testing/write-image-folder'

const SIDE = 16
let folder: string
let cache: string
const opened: Dataset[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-reduced-'))
  cache = join(folder, 'cache')
  await writeImageFolder(folder, { classNames: ['ape', 'bee'], train: 6, validation: 4, width: 60, height: 44 })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dataset) => dataset.close()))
  await rm(folder, { recursive: true })
})

async function open(options: Partial<OpenDatasetOptions> = {}): Promise<Dataset> {
  const dataset = await openDataset({ name: 'folder', dir: folder, workers: 0, channels: 3, height: SIDE, width: SIDE, ...options })
  opened.push(dataset)
  return dataset
}

const cached = (): Partial<OpenDatasetOptions> => ({ imageCache: { folder: cache, bytes: 1e9 } })

async function pixels(dataset: Dataset, split: 'train' | 'validation'): Promise<string[]> {
  const loader =
    split === 'validation'
      ? dataset.pass({ split, batchSize: 4 })
      : dataset.trainEpoch({ batchSize: 4, seed: 1, epoch: 0, startStep: 0, augmentation: true })
  const seen: string[] = []
  for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
    seen.push(Buffer.from(batch.images).toString('base64'))
    batch.release()
  }
  await loader.close()
  return seen
}

const keptFiles = async (): Promise<string[]> => {
  const names = await readdir(cache, { recursive: true })
  return names.filter((name) => name.endsWith('.rgb')).map((name) => join(cache, name))
}

describe('reduced images on disk', () => {
  it('show evaluation the same bytes as the files, the first time and from disk', async () => {
    const plain = await pixels(await open(), 'validation')
    expect(await pixels(await open(cached()), 'validation')).toEqual(plain)
    expect(await keptFiles()).toHaveLength(8)
    expect(await pixels(await open(cached()), 'validation')).toEqual(plain)
  })

  it('show training the same bytes whether they were kept already or not, with and without threads', async () => {
    const first = await pixels(await open(cached()), 'train')
    expect(await keptFiles()).toHaveLength(12)
    expect(await pixels(await open(cached()), 'train')).toEqual(first)
    expect(await pixels(await open({ ...cached(), workers: 2 }), 'train')).toEqual(first)
  })

  it('are made again when their file changes, or when they are damaged', async () => {
    const dataset = await open(cached())
    const before = await pixels(dataset, 'validation')
    const file = join(folder, 'val', 'ape', '0.jpg')
    await writeFile(file, jpegBytes(classImage(1, 9, 60, 44)))
    const { mtime } = await stat(file)
    await utimes(file, mtime, new Date(mtime.getTime() + 5000))
    const after = await pixels(dataset, 'validation')
    expect(after[0]).not.toBe(before[0])
    expect(after).toEqual(await pixels(await open(), 'validation'))
    for (const name of await keptFiles()) await writeFile(name, (await readFile(name)).subarray(0, 100))
    expect(await pixels(dataset, 'validation')).toEqual(after)
  })

  it('stay within the space given, and are left out where nothing can be written', async () => {
    await pixels(await open({ imageCache: { folder: cache, bytes: 30 * (18 * 18 * 1.5 * 3 + 32) } }), 'validation')
    expect(await keptFiles()).toHaveLength(3)
    const blocked = join(folder, 'blocked')
    await writeFile(blocked, '')
    expect(await pixels(await open({ imageCache: { folder: blocked, bytes: 1e9 } }), 'validation')).toEqual(await pixels(await open(), 'validation'))
  })

  it('leave files out that cannot be used, as ever', async () => {
    await writeFile(join(folder, 'val', 'ape', '0.jpg'), '')
    const dataset = await open(cached())
    await pixels(dataset, 'validation')
    expect(dataset.skipped).toBe(1)
  })
})

import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BatchLoader, Dataset } from './batch'
import { openDataset, type OpenDatasetOptions } from './open-dataset'
import { fixtureFile } from './testing/pillow-fixtures'
import { classImage, writeImageFolder } from './testing/write-image-folder'

const CLASSES = ['ape', 'bee', '🐈 cat']
const TRAIN = 12
const SIDE = 16

let folder: string
const opened: Dataset[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-images-'))
  await writeImageFolder(folder, { classNames: CLASSES, train: TRAIN, validation: 3, width: 40, height: 30 })
})
afterEach(() => Promise.all(opened.splice(0).map((dataset) => dataset.close())))
afterAll(() => rm(folder, { recursive: true }))

async function open(options: Partial<OpenDatasetOptions> = {}): Promise<Dataset> {
  const dataset = await openDataset({ name: 'imagenet', dir: folder, workers: 0, channels: 3, height: SIDE, width: SIDE, ...options })
  opened.push(dataset)
  return dataset
}

interface Seen {
  readonly labels: readonly number[]
  readonly pixels: string
}

async function drain(loader: BatchLoader): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
    seen.push({ labels: [...batch.labels], pixels: Buffer.from(batch.images).toString('base64') })
    batch.release()
  }
  await loader.close()
  return seen
}

const epoch = (startStep = 0) => ({ batchSize: 8, seed: 5, epoch: 2, startStep, augmentation: true })

/** Which class an image of `classImage` belongs to, by its mean colour; null for any other image. */
function classOf(image: Buffer): number | null {
  const means = [0, 1, 2].map((channel) => image.filter((_, at) => at % 3 === channel).reduce((sum, value) => sum + value, 0) / (image.length / 3))
  const distances = CLASSES.map((_, label) => {
    const { data } = classImage(label, 0, 20, 20)
    const expected = [0, 1, 2].map((channel) => data.filter((_, at) => at % 3 === channel).reduce((sum, value) => sum + value, 0) / 400)
    return Math.max(...expected.map((value, channel) => Math.abs(value - (means[channel] ?? 0))))
  })
  const nearest = distances.indexOf(Math.min(...distances))
  return (distances[nearest] ?? Infinity) < 10 ? nearest : null
}

const imagesOf = ({ labels, pixels }: Seen) => {
  const bytes = Buffer.from(pixels, 'base64')
  const size = bytes.length / labels.length
  return labels.map((label, place) => ({ label, seen: classOf(bytes.subarray(place * size, (place + 1) * size)) }))
}

describe('an image folder', () => {
  it('is described by its folders', async () => {
    const dataset = await open({ limit: { train: 18 } })
    expect(dataset.classNames).toEqual(CLASSES)
    expect(dataset.train).toMatchObject({ count: 18, excluded: [], channels: 3, height: SIDE, width: SIDE })
    expect(dataset.validation.count).toBe(9)
    expect(dataset.validation.nameOf(0)).toMatch(new RegExp(`^val/${CLASSES[0] ?? ''}/`))
    expect(dataset.mean).toEqual([0.485, 0.456, 0.406])
    const [first] = await drain(dataset.pass({ split: 'train', batchSize: 18 }))
    // A limit takes from all classes.
    expect(first?.labels).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
  })

  it.each([
    [1, 16, 16],
    [3, 16, 20],
  ])('refuses %i x %i x %i with the key to change', async (channels, height, width) => {
    await expect(open({ channels, height, width })).rejects.toMatchObject({ code: 'CONFIG_INVALID', issues: [{ path: 'input_info.sample_size' }] })
  })

  it.each([0, 2, 3])('gives the same batches with %i workers, also from the middle of an epoch, and images with their classes', async (workers) => {
    const alone = await drain((await open()).trainEpoch(epoch()))
    const dataset = await open({ workers })
    expect(await drain(dataset.trainEpoch(epoch()))).toEqual(alone)
    expect(await drain(dataset.trainEpoch(epoch(2)))).toEqual(alone.slice(2))
    expect(await drain(dataset.trainEpoch({ ...epoch(), epoch: 3 }))).not.toEqual(alone)
    for (const { label, seen } of alone.flatMap(imagesOf)) expect(seen).toBe(label)
    const validation = await drain(dataset.pass({ split: 'validation', batchSize: 9 }))
    expect(validation.flatMap(imagesOf)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2].map((label) => ({ label, seen: label })))
    expect(dataset.skipped).toBe(0)
  })
})

describe('where the sample errs', () => {
  it.each([
    ['orientation-6.jpg', 'orientation-1.jpg', { applyExifOrientation: true }],
    ['grey-16.png', 'grey-8.png', { scaleGrey16: true }],
  ])('%s is taken as the sample takes it, or rightly on demand; %s is the same either way', async (odd, plain, right) => {
    const photographs = await mkdtemp(join(tmpdir(), 'fracbits-images-'))
    await writeImageFolder(photographs, { classNames: ['a'], train: 1, validation: 0, width: 8, height: 8 })
    for (const name of [odd, plain]) await writeFile(join(photographs, 'val/a', name), fixtureFile(name))
    const look = async (options: Partial<OpenDatasetOptions>): Promise<readonly string[]> => {
      const dataset = await open({ dir: photographs, ...options })
      const seen = await drain(dataset.pass({ split: 'validation', batchSize: 1 }))
      return seen.map(({ pixels }) => pixels)
    }
    const names = [odd, plain].sort()
    const [asSample, rightly] = [await look({}), await look(right)]
    expect(asSample).toHaveLength(2)
    expect(rightly[names.indexOf(odd)]).not.toBe(asSample[names.indexOf(odd)])
    expect(rightly[names.indexOf(plain)]).toBe(asSample[names.indexOf(plain)])
    await rm(photographs, { recursive: true })
  })
})

describe('files that cannot be used', () => {
  let damaged: string
  let notices: string[]
  beforeAll(async () => {
    damaged = await mkdtemp(join(tmpdir(), 'fracbits-images-'))
    await writeImageFolder(damaged, { classNames: CLASSES, train: TRAIN, validation: 3, width: 40, height: 30 })
    await writeFile(join(damaged, 'train/ape/0.jpg'), '')
    await truncate(join(damaged, 'train/ape/1.png'), 900)
    await truncate(join(damaged, 'train/bee/2.jpg'), 700)
    await writeFile(join(damaged, 'train/🐈 cat/3.png'), '<html>not found</html>')
    await truncate(join(damaged, 'val/bee/0.jpg'), 300)
    // The header of a picture of 60,000 pixels each way.
    const huge = await readFile(join(damaged, 'train/bee/4.jpg'))
    huge.writeUInt32BE(0xea60ea60, huge.indexOf(Buffer.of(0xff, 0xc0)) + 5)
    await writeFile(join(damaged, 'train/bee/4.jpg'), huge)
  })
  afterAll(() => rm(damaged, { recursive: true }))
  const openDamaged = (options: Partial<OpenDatasetOptions> = {}) => {
    notices = []
    return open({ dir: damaged, onNotice: (line) => notices.push(line), ...options })
  }

  it.each([0, 2])('are replaced in training, counted and named once, the same with %i workers', async (workers) => {
    const whole = await drain((await open()).trainEpoch(epoch()))
    const alone = await drain((await openDamaged()).trainEpoch(epoch()))
    const dataset = await openDamaged({ workers })
    const seen = await drain(dataset.trainEpoch(epoch()))
    expect(seen).toEqual(alone)
    expect(dataset.skipped).toBe(5)
    await drain(dataset.trainEpoch(epoch()))
    expect([...notices].sort()).toEqual([
      expect.stringMatching(/^Left out .*ape.0\.jpg: it is empty\.$/),
      expect.stringMatching(/^Left out .*ape.1\.png: it ends in the middle of its data\.$/),
      expect.stringMatching(/^Left out .*bee.2\.jpg: it .*data.*\.$/),
      expect.stringMatching(/^Left out .*bee.4\.jpg: it has 60000 x 60000 pixels; at most 89,478,485 are read\.$/),
      expect.stringMatching(/^Left out .*🐈 cat.3\.png: it is neither a JPEG nor a PNG file\.$/),
    ])
    // Only their places differ, and they hold other images with the classes of these.
    const images = seen.flatMap(imagesOf)
    const before = whole.flatMap(imagesOf)
    for (const { label, seen: shown } of images) expect(shown).toBe(label)
    expect(images.filter(({ label }, place) => label !== before[place]?.label).length).toBeLessThanOrEqual(5)
  })

  it('leave their places in a pass empty', async () => {
    const dataset = await openDamaged({ workers: 2 })
    expect((await drain(dataset.pass({ split: 'validation', batchSize: 10 }))).map(({ labels }) => labels)).toEqual([
      [0, 0, 0, -1, 1, 1, 2, 2, 2, -1],
    ])
    expect(dataset.skipped).toBe(1)
  })

  it('end a run when there are more than allowed', async () => {
    const allowed = await openDamaged({ maxCorruptFiles: 5 })
    await drain(allowed.trainEpoch(epoch()))
    const strict = await openDamaged({ maxCorruptFiles: 4 })
    await expect(drain(strict.trainEpoch(epoch()))).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringMatching(/5 image files cannot be used; max_corrupt_files allows 4\..*Repair or remove/),
    })
  })

  it('end a run when nothing else is there', async () => {
    const useless = await mkdtemp(join(tmpdir(), 'fracbits-images-'))
    await writeImageFolder(useless, { classNames: ['a'], train: 4, validation: 1, width: 8, height: 8 })
    for (const name of ['0.jpg', '1.png', '2.jpg', '3.png']) await writeFile(join(useless, 'train/a', name), '')
    const dataset = await open({ dir: useless, workers: 2 })
    await expect(drain(dataset.trainEpoch({ ...epoch(), batchSize: 4 }))).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('Check the data set'),
    })
    await rm(useless, { recursive: true })
  })

  it('may have gone since they were listed', async () => {
    const vanishing = await mkdtemp(join(tmpdir(), 'fracbits-images-'))
    await writeImageFolder(vanishing, { classNames: ['a'], train: 4, validation: 2, width: 8, height: 8 })
    notices = []
    const dataset = await open({ dir: vanishing, onNotice: (line) => notices.push(line) })
    await rm(join(vanishing, 'val/a/0.jpg'))
    expect((await drain(dataset.pass({ split: 'validation', batchSize: 2 })))[0]?.labels).toEqual([-1, 0])
    expect(notices).toEqual([expect.stringMatching(/0\.jpg: it cannot be read \(ENOENT/)])
    await rm(vanishing, { recursive: true })
  })
})

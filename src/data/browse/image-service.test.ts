import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetSource, ImageService, ListedImage } from '../../contract/image-service'
import { makeTempDir } from '../../util/temp-dir'
import { createImageDecoder } from '../decode-image'
import { pngBytes, classImage, jpegBytes, writeImageFolder } from '../testing/write-image-folder'
import { tarBytes } from '../testing/tar-bytes'
import { writeIdxDataset } from '../testing/write-idx-dataset'
import { createImageService } from './image-service'

let temp: ReturnType<typeof makeTempDir>
let service: ImageService
const tree = (): DatasetSource => ({
  layout: 'split-folders',
  folder: join(temp.path, 'tree'),
  splits: [
    { split: 'train', folder: 'train' },
    { split: 'validation', folder: 'val' },
  ],
})

beforeAll(async () => {
  temp = makeTempDir()
  service = createImageService({ threads: 1 })
  await writeImageFolder(join(temp.path, 'tree'), { classNames: ['ant', 'bee'], train: 3, validation: 2, width: 200, height: 150 })
  await writeIdxDataset(join(temp.path, 'fashion'), { train: 12, validation: 5, gzip: true })
})
afterAll(async () => {
  await service.close()
  temp.remove()
})

async function list(source: DatasetSource): Promise<{ images: ListedImage[]; notices: readonly string[]; classNames: readonly string[] }> {
  const images: ListedImage[] = []
  return { ...(await service.list(source, (part) => images.push(...part), new AbortController().signal)), images }
}

describe('recognising a folder', () => {
  it('tells divided trees, plain trees, IDX files and an outer folder from one another', async () => {
    expect(await service.recognise(tree().folder)).toMatchObject({ certain: true, choices: [{ layout: 'split-folders', splits: [{ folder: 'train' }, { folder: 'val' }] }] })
    expect(await service.recognise(join(tree().folder, 'train'))).toMatchObject({ certain: true, choices: [{ layout: 'class-folders' }] })
    expect(await service.recognise(join(temp.path, 'fashion'))).toMatchObject({ certain: true, choices: [{ layout: 'fashion_mnist' }, { layout: 'mnist' }] })
    await mkdir(join(temp.path, 'outer'))
    await symlink(join(temp.path, 'fashion'), join(temp.path, 'outer/clothes'))
    expect(await service.recognise(join(temp.path, 'outer'))).toMatchObject({ folder: join(temp.path, 'outer/clothes'), certain: false, problem: null })
  })

  it('asks when a folder can be read in two ways, and says what it expects when in none', async () => {
    await mkdir(join(temp.path, 'half/train/ant'), { recursive: true })
    await writeFile(join(temp.path, 'half/train/ant/1.png'), pngBytes(classImage(0, 0, 9, 9)))
    const half = await service.recognise(join(temp.path, 'half'))
    expect(half.choices.map(({ layout }) => layout)).toEqual(['split-folders', 'class-folders'])
    expect(half.certain).toBe(false)
    await mkdir(join(temp.path, 'empty'))
    expect((await service.recognise(join(temp.path, 'empty'))).problem).toContain('No data set was found')
    await writeFile(join(temp.path, 'empty/photos.tar.gz'), '')
    expect((await service.recognise(join(temp.path, 'empty'))).problem).toContain('Unpack it')
    expect((await service.recognise(join(temp.path, 'nowhere'))).problem).toContain('cannot be read')
  })
})

describe('archives', () => {
  it('of CIFAR are recognised in a folder, or chosen themselves, and looked through in place', async () => {
    const folder = join(temp.path, 'downloads')
    await mkdir(folder)
    const record = (label: number): Buffer => Buffer.concat([Buffer.from([0, label]), Buffer.alloc(3072, 40 * label)])
    const files = { 'cifar-100-binary/train.bin': Buffer.concat([record(1), record(2)]), 'cifar-100-binary/test.bin': record(3) }
    await writeFile(join(folder, 'cifar-100-binary.tar.gz'), await tarBytes(files))
    const recognised = { folder, certain: true, problem: null, choices: [{ layout: 'cifar100' }] }
    expect(await service.recognise(folder)).toMatchObject(recognised)
    expect(await service.recognise(join(folder, 'cifar-100-binary.tar.gz'))).toMatchObject(recognised)
    const source: DatasetSource = { layout: 'cifar100', folder, splits: [] }
    expect((await list(source)).images.map(({ path, label }) => [path, label])).toEqual([
      ['train/000000', 1],
      ['train/000001', 2],
      ['validation/000000', 3],
    ])
    expect((await service.read(source, ['train/000001']))[0]).toMatchObject({ problem: null, width: 32, height: 32, brightness: expect.closeTo(80 / 255, 3) as unknown })
  })

  it('of MNIST stand for their folder when one of the four files is chosen; a picture stands for nothing', async () => {
    const fashion = join(temp.path, 'fashion')
    expect(await service.recognise(join(fashion, 't10k-labels-idx1-ubyte.gz'))).toMatchObject({ folder: fashion, certain: true, choices: [{ layout: 'fashion_mnist' }, { layout: 'mnist' }] })
    expect((await service.recognise(join(tree().folder, 'train/ant/0.jpg'))).problem).toContain('is a file')
  })
})

describe('listing and reading', () => {
  it('gives the images in the order of training, with splits and classes', async () => {
    const { images, classNames } = await list(tree())
    expect(classNames).toEqual(['ant', 'bee'])
    expect(images).toHaveLength(10)
    expect(images[0]).toEqual({ path: 'train/ant/0.jpg', split: 'train', label: 0 })
    expect(images.at(-1)).toEqual({ path: 'val/bee/1.png', split: 'validation', label: 1 })
    const packed = await list({ layout: 'fashion_mnist', folder: join(temp.path, 'fashion'), splits: [] })
    expect(packed.images).toHaveLength(17)
    expect(packed.images[13]?.path).toBe('validation/000001')
  })

  it('finds size, format, statistics and likeness, and makes a thumbnail', async () => {
    const [jpeg, png] = await service.read(tree(), ['train/ant/0.jpg', 'train/ant/1.png'])
    expect(jpeg).toMatchObject({ problem: null, width: 200, height: 150, format: 'jpeg', misnamed: false })
    expect(png).toMatchObject({ format: 'png', misnamed: false })
    expect(jpeg?.mean[0]).toBeCloseTo((40 + 24.5) / 255, 1)
    const small = createImageDecoder({ applyExifOrientation: false, scaleGrey16: false })(Buffer.from(jpeg?.thumbnail ?? []))
    expect([small.width, small.height]).toEqual([128, 96])
    const [stored] = await service.read({ layout: 'fashion_mnist', folder: join(temp.path, 'fashion'), splits: [] }, ['train/000003'])
    expect(stored).toMatchObject({ width: 28, height: 28, format: 'raw', bytes: 784 })
  })

  it('makes a fact of whatever is wrong with a file', async () => {
    const folder = join(temp.path, 'bad')
    await mkdir(folder)
    const whole = jpegBytes(classImage(1, 1, 64, 64))
    await writeFile(join(folder, 'cut.jpg'), whole.subarray(0, whole.length / 2))
    await writeFile(join(folder, 'zero.png'), '')
    await writeFile(join(folder, 'wrong.png'), whole)
    const huge = Buffer.from(pngBytes(classImage(0, 0, 4, 4)))
    huge.writeUInt32BE(20_000, 16)
    huge.writeUInt32BE(20_000, 20)
    const { crc32 } = await import('node:zlib')
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29)
    await writeFile(join(folder, 'huge.png'), huge)
    const facts = await service.read({ layout: 'class-folders', folder, splits: [] }, ['cut.jpg', 'zero.png', 'wrong.png', 'huge.png', 'gone.jpg'])
    expect(facts.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('ends in the middle'),
      'it is empty',
      null,
      expect.stringContaining('20000 x 20000'),
      expect.stringContaining('cannot be read'),
    ])
    expect(facts[2]?.misnamed).toBe(true)
  })

  it('stops listing when it is cancelled', async () => {
    const abort = new AbortController()
    const listing = service.list(tree(), () => undefined, abort.signal)
    abort.abort()
    await expect(listing).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('what the network sees', () => {
  it('is what the loader makes: evaluated step by step, drawn the same for the same seed', async () => {
    const views = await service.views(tree(), 'train/ant/0.jpg', { size: 32, draws: 3, seed: 5 })
    expect(views.steps.map(({ title }) => title)).toEqual(['Decoded: 200 × 150', 'Short side to 36: 48 × 36', 'Centre: 32 × 32'])
    expect(views.draws).toHaveLength(3)
    expect(await service.views(tree(), 'train/ant/0.jpg', { size: 32, draws: 3, seed: 5 })).toEqual(views)
    expect((await service.views(tree(), 'train/ant/0.jpg', { size: 32, draws: 3, seed: 6 })).draws).not.toEqual(views.draws)
    const packed = await service.views({ layout: 'fashion_mnist', folder: join(temp.path, 'fashion'), splits: [] }, 'train/000000', { size: 32, draws: 2, seed: 0 })
    expect(packed.steps.map(({ title }) => title)).toEqual(['Stored: 28 × 28', 'Centred on black: 32 × 32'])
    expect(packed.normalised).toHaveLength(1)
  })

  it('says in a sentence why an image cannot be shown', async () => {
    await expect(service.open(tree(), 'train/ant/nothing.jpg')).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringContaining('cannot be shown') as unknown })
    expect(await service.open(tree(), 'train/ant/1.png')).toMatchObject({ type: 'image/png', reduced: false })
  })
})

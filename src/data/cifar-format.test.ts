import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCifarSplit } from './cifar-format'
import { openDataset } from './open-dataset'
import { tarBytes } from './testing/tar-bytes'

const fixtures = join(import.meta.dirname, 'fixtures')
const IMAGE = 3 * 32 * 32

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fracbits-cifar-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** Planes of red, green and blue of which every value can be told apart. */
const planes = (image: number): Buffer => Buffer.from(Uint8Array.from({ length: IMAGE }, (_, at) => (at * 7 + (at >> 10) * 50 + image) % 256))

/** Where a value of the planes is in an image of the data set. */
const inImage = (pixels: Uint8Array, image: number): Uint8Array =>
  Uint8Array.from({ length: IMAGE }, (_, at) => pixels[image * IMAGE + (at % 1024) * 3 + (at >> 10)] ?? 0)

const binary = (labels: readonly (readonly number[])[], first = 0): Buffer =>
  Buffer.concat(labels.flatMap((bytes, index) => [Buffer.from(bytes), planes(first + index)]))

/** The pickle of two images as Python 2 wrote the published files: texts as byte strings, references to what was said before. */
function pythonTwo(labelKey: string, labels: readonly number[]): Buffer {
  const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
  const short = (text: string): Buffer => Buffer.concat([ascii('U'), Buffer.of(text.length), ascii(text)])
  const data = Buffer.concat(labels.map((_, index) => planes(index)))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(data.length)
  return Buffer.concat([
    ascii('\x80\x02}q\x01('),
    short('batch_label'),
    ascii('q\x02'),
    short('testing batch 1 of 1'),
    short(labelKey),
    ascii('q\x03]q\x04('),
    ...labels.map((label) => Buffer.of(0x4b, label)),
    ascii('e'),
    short('data'),
    ascii('cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85U\x01b\x87Rq\x07(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nq\x08'),
    ascii('U\x02u1K\x00K\x01\x87Rq\x09(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T'),
    length,
    data,
    ascii('tb'),
    short('filenames'),
    ascii(']('),
    short('a.png'),
    short('b.png'),
    ascii('eh\x02h\x04u.'),
  ])
}

describe('binary version', () => {
  it('of CIFAR-10 is read from all its files in order', async () => {
    for (let batch = 1; batch <= 5; batch++) await writeFile(join(dir, `data_batch_${batch}.bin`), binary([[batch], [9]], batch * 2))
    const store = await readCifarSplit('cifar10', dir, 'train', 10)
    expect(store).toMatchObject({ count: 10, height: 32, width: 32, channels: 3 })
    expect([...store.labels]).toEqual([1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
    for (let image = 0; image < 10; image++) expect(inImage(store.pixels, image)).toEqual(Uint8Array.from(planes(image + 2)))
    expect([...(await readCifarSplit('cifar10', dir, 'train', 10, 3)).labels]).toEqual([1, 9, 2])
  })

  it('of CIFAR-100 counts the fine label, in the folder of its archive', async () => {
    await mkdir(join(dir, 'cifar-100-binary'))
    for (const name of ['train.bin', 'test.bin'])
      await writeFile(
        join(dir, 'cifar-100-binary', name),
        binary([
          [3, 99],
          [19, 0],
        ]),
      )
    expect([...(await readCifarSplit('cifar100', dir, 'validation', 100)).labels]).toEqual([99, 0])
  })
})

describe('python version', () => {
  it.each([
    ['cifar10', 'cifar-10-batches-py', 'test_batch', 'labels'],
    ['cifar100', 'cifar-100-python', 'test', 'fine_labels'],
  ] as const)('of %s is read as Python 2 wrote it', async (name, folder, file, key) => {
    await mkdir(join(dir, folder))
    await writeFile(join(dir, folder, name === 'cifar10' ? 'data_batch_1' : 'train'), pythonTwo(key, [0, 1]))
    await writeFile(join(dir, folder, file), pythonTwo(key, [7, 4]))
    const store = await readCifarSplit(name, dir, 'validation', 10)
    expect([...store.labels]).toEqual([7, 4])
    for (const image of [0, 1]) expect(inImage(store.pixels, image)).toEqual(Uint8Array.from(planes(image)))
  })

  it.each([2, 4])('is read as numpy writes it today with protocol %i', async (protocol) => {
    const bytes = gunzipSync(await readFile(join(fixtures, `cifar-protocol-${protocol}.pickle.gz`)))
    const expected = JSON.parse(await readFile(join(fixtures, `cifar-protocol-${protocol}.json`), 'utf8')) as { sum: number; last: number[] }
    for (const name of ['data_batch_1', 'test_batch']) await writeFile(join(dir, name), bytes)
    const store = await readCifarSplit('cifar10', dir, 'validation', 10)
    expect([...store.labels]).toEqual([3, 1, 9])
    expect(store.pixels.reduce((sum, value) => sum + value, 0)).toBe(expected.sum)
    expect([...inImage(store.pixels, 2).subarray(-4)]).toEqual(expected.last)
  })
})

describe('archives', () => {
  it.each([
    [
      'cifar10',
      'cifar-10-python.tar.gz',
      'cifar-10-batches-py',
      ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'],
      'labels',
    ],
    ['cifar100', 'cifar-100-python.tar.gz', 'cifar-100-python', ['train', 'test'], 'fine_labels'],
    [
      'cifar10',
      'cifar-10-binary.tar.gz',
      'cifar-10-batches-bin',
      ['data_batch_1.bin', 'data_batch_2.bin', 'data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin', 'test_batch.bin'],
      null,
    ],
  ] as const)('of %s, %s, are trained on in place: the folder is given, or the file', async (name, archive, folder, files, labelKey) => {
    const content = (file: number): Buffer => (labelKey === null ? binary([[file], [9]]) : pythonTwo(labelKey, [file, 9]))
    await writeFile(join(dir, archive), await tarBytes(Object.fromEntries(files.map((file, index) => [`${folder}/${file}`, content(index)]))))
    const training = files.length - 1
    for (const place of [dir, join(dir, archive)]) {
      const dataset = await openDataset({ name, dir: place, workers: 0, channels: 3, height: 32, width: 32 })
      expect([dataset.train.count, dataset.validation.count]).toEqual([2 * training, 2])
      const batch = await dataset.pass({ split: 'train', batchSize: 2 * training }).next()
      expect([...(batch?.labels ?? [])]).toEqual(Array.from({ length: training }, (_, index) => [index, 9]).flat())
      expect(inImage(batch?.images ?? new Uint8Array(), 1)).toEqual(Uint8Array.from(planes(1)))
      await dataset.close()
    }
    expect(await readdir(dir)).toEqual([archive])
  })

  it('that lack a file are named with it, and unpacked files go before them', async () => {
    await writeFile(join(dir, 'cifar-100-binary.tar.gz'), await tarBytes({ 'cifar-100-binary/train.bin': binary([[3, 99]]) }))
    await expect(readCifarSplit('cifar100', dir, 'validation', 100)).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringMatching(/cifar-100-binary\.tar\.gz is damaged: the file cifar-100-binary\/test\.bin/),
    })
    for (const name of ['train.bin', 'test.bin']) await writeFile(join(dir, name), binary([[3, 7]]))
    expect([...(await readCifarSplit('cifar100', dir, 'validation', 100)).labels]).toEqual([7])
  })
})

describe('what is wrong with a file', () => {
  const put = async (bytes: Buffer, ending = ''): Promise<void> => {
    for (const name of ['data_batch_1', 'test_batch']) await writeFile(join(dir, name + ending), bytes)
  }
  const read = () => readCifarSplit('cifar10', dir, 'validation', 10)

  it('is said with its name and what was expected', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: expect.stringMatching(/cifar-10-batches-bin or cifar-10-batches-py/),
    })
    await put(binary([[3]]).subarray(0, 3000), '.bin')
    await expect(read()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(/test_batch\.bin.*records of 3073 bytes/) })
    await put(binary([[10]]), '.bin')
    await expect(read()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(/labels from 0 to 9 .* image 0 has 10/) })
  })

  it('is found wherever a pickle is cut off', async () => {
    const whole = pythonTwo('labels', [1, 2])
    for (let length = 0; length < whole.length; length += length < 200 || length > whole.length - 60 ? 1 : 499) {
      await put(whole.subarray(0, length))
      await expect(read(), `${length} bytes`).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    }
  })

  it.each([
    ['a program', Buffer.from('cos\nsystem\n(S"true"\ntR.'), /wants to construct os\.system/],
    [
      'another type of numbers',
      Buffer.from(pythonTwo('labels', [1, 2]).toString('latin1').replace('U\x02u1', 'U\x02f8'), 'latin1'),
      /3072 bytes an image/,
    ],
    ['no labels', pythonTwo('coarse_labels', [1, 2]), /lacks data or labels/],
    ['a list', Buffer.from('\x80\x02].', 'latin1'), /a dictionary was expected/],
  ])('is said for %s', async (_, bytes, reason) => {
    await put(bytes)
    await expect(read()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(reason) })
  })
})

describe('as data sets', () => {
  it('CIFAR is given as it is, resized on demand, and refused for other sizes', async () => {
    for (const name of ['train.bin', 'test.bin'])
      await writeFile(
        join(dir, name),
        binary([
          [3, 99],
          [19, 0],
        ]),
      )
    const options = { dir, workers: 0, channels: 3 }
    const plain = await openDataset({ ...options, name: 'cifar100', height: 32, width: 32 })
    expect([plain.classNames.length, plain.mean, plain.std]).toEqual([100, [0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2761]])
    const batch = await plain.pass({ split: 'validation', batchSize: 2 }).next()
    expect([...(batch?.labels ?? [])]).toEqual([99, 0])
    expect(inImage(batch?.images ?? new Uint8Array(), 1)).toEqual(Uint8Array.from(planes(1)))
    await plain.close()

    const large = await openDataset({ ...options, name: 'cifar100_224x224', height: 224, width: 224 })
    const resized = await large.pass({ split: 'validation', batchSize: 2 }).next()
    expect(resized?.images).toHaveLength(2 * 224 * 224 * 3)
    // Corners of an enlarged image are the corners of the image.
    expect([...(resized?.images.subarray(0, 3) ?? [])]).toEqual([0, 1, 2].map((channel) => planes(0)[channel * 1024]))
    await large.close()

    await expect(openDataset({ ...options, name: 'cifar100', height: 224, width: 224 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cifar100_224x224'),
    })
  })

  it('mock sets are black images of class 0', async () => {
    const mock = await openDataset({ name: 'mock_32x32', dir: join(dir, 'none'), workers: 0, channels: 3, height: 32, width: 32, mockImages: 5 })
    expect(mock).toMatchObject({ train: { count: 5 }, validation: { count: 5 }, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })
    const batch = await mock.trainEpoch({ batchSize: 4, seed: 1, epoch: 0, startStep: 0, augmentation: true }).next()
    expect([...(batch?.labels ?? [])]).toEqual([0, 0, 0, 0])
    expect(batch?.images.every((value) => value === 0)).toBe(true)
    await mock.close()
  })
})

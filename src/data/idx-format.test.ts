import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readIdxFile } from './idx-format'
import { readIdxSplit } from './image-store'
import { idxBytes, writeIdxDataset } from './testing/write-idx-dataset'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-idx-'))
})
afterEach(() => rm(folder, { recursive: true }))

const values = Uint8Array.from({ length: 24 }, (_, index) => index)
const whole = idxBytes([2, 3, 4], values)

describe('readIdxFile', () => {
  it.each([
    ['plain', 'images', whole],
    ['gzip', 'images.gz', gzipSync(whole)],
  ])('reads a %s file', async (_, name, bytes) => {
    await writeFile(join(folder, name), bytes)
    const tensor = await readIdxFile(folder, 'images', 'images')
    expect(tensor.shape).toEqual([2, 3, 4])
    expect([...tensor.data]).toEqual([...values])
    expect(tensor.file).toBe(join(folder, name))
  })

  it('names the folder and the four files when the data is missing', async () => {
    const missing = readIdxFile(folder, 'images', 'images')
    await expect(missing).rejects.toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining(folder) })
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
      await expect(missing).rejects.toThrow(name)
    await expect(readIdxFile(join(folder, 'none'), 'images', 'images')).rejects.toMatchObject({ code: 'DATA_MISSING' })
  })

  it('finds a file cut off anywhere', async () => {
    for (let length = 0; length < whole.length; length++) {
      await writeFile(join(folder, 'images'), whole.subarray(0, length))
      await expect(readIdxFile(folder, 'images', 'images'), `${length} bytes`).rejects.toMatchObject({
        code: 'DATA_CORRUPT',
        message: expect.stringContaining(join(folder, 'images')),
      })
    }
  })

  it('finds an archive cut off anywhere, and a flipped byte in its data', async () => {
    const packed = gzipSync(whole)
    for (let length = 0; length < packed.length; length++) {
      await writeFile(join(folder, 'images.gz'), packed.subarray(0, length))
      await expect(readIdxFile(folder, 'images', 'images'), `${length} bytes`).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    }
    const flipped = Buffer.from(packed)
    flipped[14] = (flipped[14] ?? 0) ^ 0x10
    await writeFile(join(folder, 'images.gz'), flipped)
    await expect(readIdxFile(folder, 'images', 'images')).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
  })

  it.each([
    ['labels where images belong', idxBytes([24], values), /0x00000803/],
    ['something else', Buffer.from('<!doctype html><html></html>'), /magic number/],
    ['more than it says', Buffer.concat([whole, Buffer.from([1])]), /40 bytes were expected/],
    ['no images', idxBytes([0, 28, 28], new Uint8Array()), /no images/],
  ])('says what is wrong with %s', async (_, bytes, message) => {
    await writeFile(join(folder, 'images'), bytes)
    await expect(readIdxFile(folder, 'images', 'images')).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(message) })
  })
})

describe('readIdxSplit', () => {
  it('keeps the first images', async () => {
    await writeIdxDataset(folder, { train: 20, validation: 5, gzip: true })
    const store = await readIdxSplit(folder, 'train', 10, 7)
    expect(store).toMatchObject({ count: 7, height: 28, width: 28, channels: 1 })
    expect(store.pixels.length).toBe(7 * 784)
    expect(store.pixels[6 * 784 + 1]).toBe(6)
    expect((await readIdxSplit(folder, 'validation', 10, 100)).count).toBe(5)
  })

  it('finds labels that do not belong', async () => {
    await writeIdxDataset(folder, { train: 4, validation: 4 })
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idxBytes([3], Uint8Array.of(1, 2, 3)))
    await expect(readIdxSplit(folder, 'train', 10)).rejects.toThrow(/4 labels were expected/)
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idxBytes([4], Uint8Array.of(1, 2, 10, 3)))
    await expect(readIdxSplit(folder, 'train', 10)).rejects.toThrow(/image 2 has 10/)
  })
})

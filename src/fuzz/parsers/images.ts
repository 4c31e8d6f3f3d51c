import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { StudioError } from '../../contract/errors'
import { createFactReader } from '../../data/browse/image-facts'
import { createPackedSets } from '../../data/browse/packed-sets'
import { readCifarSplit } from '../../data/cifar-format'
import { createImageDecoder } from '../../data/decode-image'
import { parseIdx, readIdxFile } from '../../data/idx-format'
import { readNumpyPickle } from '../../data/numpy-pickle'
import { tarBytes } from '../../data/testing/tar-bytes'
import { idxBytes } from '../../data/testing/write-idx-dataset'
import { MalformedFile } from '../../util/pickle/malformed-file'
import { filesOf, throughFile } from '../corpus-files'
import type { Parser } from '../parser'
import { repairGzip, repairPng, repairTarGzip } from '../repair'

const studio = (error: unknown): boolean => error instanceof StudioError

/** Data sets: image files and the packed formats. */
export async function imageParsers(root: string): Promise<Parser[]> {
  const fixtures = join(root, 'src/data/fixtures')
  const image = createImageDecoder({ applyExifOrientation: true, scaleGrey16: true })
  const jpeg = filesOf(fixtures, /\.jpg$/, 2_400)
  const png = filesOf(fixtures, /\.png$/, 1_300).map(repairPng)
  const cifar = filesOf(fixtures, /^cifar.*\.pickle\.gz$/, 20_000).map((packed) => gunzipSync(packed))
  const record = Buffer.alloc(3073, 7)
  const archive = await tarBytes({ 'cifar-10-batches-bin/readme.html': Buffer.from('<p>'), 'cifar-10-batches-bin/test_batch.bin': record })
  return [
    { name: 'JPEG', corpus: jpeg, read: (input) => image(input), isTyped: studio },
    { name: 'PNG', corpus: png, read: (input) => image(input), isTyped: studio, repair: repairPng },
    { name: 'image of a data set', corpus: [...jpeg.slice(0, 3), ...png.slice(0, 6)], read: browse(), isTyped: studio, repair: repairPng },
    {
      name: 'IDX',
      corpus: [Buffer.from(idxBytes([2, 3, 4], new Uint8Array(24))), Buffer.from(idxBytes([5], new Uint8Array(5)))],
      read: (input) => (parseIdxAs(input, 'images'), parseIdx(input, 'labels-file', 'labels')),
      isTyped: studio,
    },
    {
      name: 'IDX, gzip',
      corpus: [gzipSync(idxBytes([2, 3, 4], new Uint8Array(24))), gzipSync(Buffer.alloc(50_000))],
      read: throughFile('images.gz', (file) => readIdxFile(join(file, '..'), 'images', 'images')),
      isTyped: studio,
      repair: repairGzip,
    },
    {
      name: 'CIFAR, binary',
      corpus: [Buffer.concat([record, record]), record],
      read: async (input, scratch) => {
        mkdirSync(join(scratch, 'binary'), { recursive: true })
        for (const name of ['data_batch_1.bin', 'test_batch.bin']) writeFileSync(join(scratch, 'binary', name), input)
        return readCifarSplit('cifar10', join(scratch, 'binary'), 'validation', 10)
      },
      isTyped: studio,
    },
    {
      name: 'CIFAR, archive',
      corpus: [archive, gzipSync(Buffer.alloc(2048))],
      read: throughFile('cifar-10-binary.tar.gz', (file) => readCifarSplit('cifar10', file, 'validation', 10)),
      isTyped: studio,
      repair: repairTarGzip,
    },
    { name: 'CIFAR, pickle', corpus: cifar, read: (input) => readNumpyPickle(input), isTyped: (error) => error instanceof MalformedFile },
  ]
}

/** What indexing finds out about a file, with its thumbnail. A file that can't be used is an answer, so it has to be made an error. */
function browse(): Parser['read'] {
  const facts = createFactReader(createPackedSets())
  return async (input, scratch) => {
    writeFileSync(join(scratch, 'image.jpg'), input)
    const { problem } = await facts.read({ layout: 'class-folders', folder: scratch, splits: [] }, 'image.jpg')
    if (problem !== null) throw new StudioError('DATA_CORRUPT', problem)
  }
}

function parseIdxAs(input: Buffer, kind: 'images' | 'labels'): unknown {
  try {
    return parseIdx(input, 'file', kind)
  } catch (error) {
    if (studio(error)) return null
    throw error
  }
}

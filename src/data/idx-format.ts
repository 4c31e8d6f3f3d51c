import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { StudioError } from '../contract/errors'

const unzip = promisify(gunzip)

/** No data set of this kind comes near; a crafted archive must not fill the memory. */
const MAX_BYTES = 2_000_000_000

/** Names of the files of one split, without `.gz`. */
export const IDX_FILES = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  validation: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const

/** A tensor of unsigned bytes with the file it came from. */
export interface IdxTensor {
  readonly file: string
  readonly shape: readonly number[]
  /** Row-major; lies in the file's buffer. */
  readonly data: Uint8Array
}

/** Magic numbers: two zero bytes, element type 8 (unsigned byte), number of dimensions. */
const MAGIC = { images: 0x0803, labels: 0x0801 } as const

/**
 * Reads `name` or `name.gz` from a folder. Throws DATA_MISSING when neither is there and DATA_CORRUPT when the file is not a whole
 * IDX file of the kind.
 */
export async function readIdxFile(folder: string, name: string, kind: 'images' | 'labels'): Promise<IdxTensor> {
  const plain = await read(join(folder, name))
  if (plain !== null) return parseIdx(plain, join(folder, name), kind)
  const file = join(folder, `${name}.gz`)
  const packed = await read(file)
  if (packed === null) throw missing(folder)
  let bytes: Uint8Array
  try {
    bytes = await unzip(packed, { maxOutputLength: MAX_BYTES })
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw corrupt(file, `a complete gzip file was expected, but unpacking its ${packed.length} bytes failed (${detail})`, cause)
  }
  return parseIdx(bytes, file, kind)
}

/** Checks magic number, dimensions and length of unpacked IDX bytes. `file` is only named in errors. */
export function parseIdx(bytes: Uint8Array, file: string, kind: 'images' | 'labels'): IdxTensor {
  const dimensions = MAGIC[kind] & 0xff
  const header = 4 + 4 * dimensions
  if (bytes.length < header) throw corrupt(file, `a header of ${header} bytes was expected, but the file has ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint32(0)
  if (magic !== MAGIC[kind]) throw corrupt(file, `the magic number ${hex(MAGIC[kind])} of ${kind} was expected, but it starts with ${hex(magic)}`)
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis))
  const elements = shape.reduce((product, size) => product * size, 1)
  if (elements === 0) throw corrupt(file, `it holds no ${kind} (its dimensions are ${shape.join(' x ')})`)
  if (bytes.length !== header + elements)
    throw corrupt(file, `${header + elements} bytes were expected for ${shape.join(' x ')} values, but the file has ${bytes.length}`)
  return { file, shape, data: bytes.subarray(header) }
}

async function read(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('DATA_MISSING', `The data file ${file} cannot be read: ${detail}. Check that it is a file you may read.`, { cause })
  }
}

function missing(folder: string): StudioError {
  const names = Object.values(IDX_FILES).flatMap(({ images, labels }) => [images, labels])
  return new StudioError(
    'DATA_MISSING',
    `The data set was not found in ${folder}. The folder must hold four files, each plain or with .gz: ${names.join(', ')}. Choose another folder, or put them there.`,
  )
}

/** An error about a file that is there but not what it should be. */
export function corrupt(file: string, what: string, cause?: unknown): StudioError {
  return new StudioError('DATA_CORRUPT', `The data file ${file} is damaged: ${what}. Fetch the file again.`, cause === undefined ? {} : { cause })
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

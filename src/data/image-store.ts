import { corrupt, IDX_FILES, readIdxFile } from './idx-format'

/** The decoded images of one split, in memory that threads share. */
export interface ImageStore {
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** [count, height, width, channels], 0 to 255. */
  readonly pixels: Uint8Array
  /** [count]. */
  readonly labels: Uint8Array
}

/** Reads a split of an IDX data set and keeps its first `limit` images. Throws DATA_MISSING or DATA_CORRUPT. */
export async function readIdxSplit(folder: string, split: 'train' | 'validation', classes: number, limit = Infinity): Promise<ImageStore> {
  const names = IDX_FILES[split]
  const images = await readIdxFile(folder, names.images, 'images')
  const labels = await readIdxFile(folder, names.labels, 'labels')
  const [total = 0, height = 0, width = 0] = images.shape
  if (labels.data.length !== total)
    throw corrupt(labels.file, `${total} labels were expected, one for each image, but it holds ${labels.data.length}`)
  const wrong = labels.data.findIndex((label) => label >= classes)
  if (wrong >= 0) throw corrupt(labels.file, `labels from 0 to ${classes - 1} were expected, but image ${wrong} has ${labels.data[wrong]}`)
  const count = Math.min(total, limit)
  return {
    count,
    height,
    width,
    channels: 1,
    pixels: shared(images.data.subarray(0, count * height * width)),
    labels: shared(labels.data.subarray(0, count)),
  }
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

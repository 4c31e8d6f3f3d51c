import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { centreCrop, DRAWS_PER_IMAGE, isFlipped, randomResizedCrop } from './crops'
import { createImageDecoder, type DecodeOptions } from './decode-image'
import { fileName, type FileList } from './file-list'
import type { Draw, ImagePlacer } from './image-placer'
import type { ImageShape, Pixels } from './pixels'
import { createReducedImages, type ReducedImagesOptions } from './reduced-images'
import { createResampler, type Resizing } from './resample'
import { unreadable } from './unreadable'

/** Larger files are no photographs. */
const MAX_FILE_BYTES = 512 * 1024 * 1024

/**
 * Images that are decoded when they are needed: drawn ones as a random part, resized and perhaps mirrored; the others resized and cut from
 * the centre (spec 11). With `reduced` they are kept on disk at the size of evaluation. The wanted size must be square with three channels.
 */
export function createFilePlacer(
  files: FileList,
  { width: side }: ImageShape,
  { decoding, reduced }: { readonly decoding: DecodeOptions; readonly reduced: ReducedImagesOptions | null },
): ImagePlacer {
  const decode = createImageDecoder(decoding)
  const decoded = (path: string): Pixels => decode(readImageFile(path))
  const kept = reduced && createReducedImages(reduced, decoded)
  const { resize } = createResampler()
  return {
    count: files.count,
    nameOf: (index) => join(files.root, fileName(files, index)),
    place(index, target, draw) {
      const path = join(files.root, fileName(files, index))
      const image = kept ? kept.load(index, path) : decoded(path)
      resize(image, draw === null ? centred(image, side) : drawn(image, side, draw), target)
      return files.labels[index] ?? -1
    },
  }
}

function centred(image: Pixels, side: number): Resizing {
  const { resized, part } = centreCrop(image, side)
  return { crop: { left: 0, top: 0, width: image.width, height: image.height }, ...resized, part }
}

function drawn(image: Pixels, side: number, { random, position }: Draw): Resizing {
  const first = position * DRAWS_PER_IMAGE
  return {
    crop: randomResizedCrop(image, random, first),
    width: side,
    height: side,
    part: { left: 0, top: 0, width: side, height: side },
    isMirrored: isFlipped(random, first),
  }
}

/** The bytes of an image file. Throws `unreadable`. */
export function readImageFile(path: string): Buffer {
  try {
    // The list may be hours old: a pipe in the file's place would block the thread.
    const { size, isFile } = describe(path)
    if (!isFile) throw unreadable('it is no ordinary file')
    if (size > MAX_FILE_BYTES) throw unreadable(`it has ${size} bytes; at most ${MAX_FILE_BYTES} are read`)
    return readFileSync(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'syscall' in cause) throw unreadable(`it cannot be read (${cause.message})`, cause)
    throw cause
  }
}

function describe(path: string): { readonly size: number; readonly isFile: boolean } {
  const found = statSync(path)
  return { size: found.size, isFile: found.isFile() }
}

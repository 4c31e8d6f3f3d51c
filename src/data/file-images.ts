import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { centreCrop, DRAWS_PER_IMAGE, isFlipped, randomResizedCrop } from './crops'
import { createImageDecoder, type DecodeOptions } from './decode-image'
import { fileName, type FileList } from './file-list'
import type { ImagePlacer } from './image-placer'
import type { ImageShape } from './pixels'
import { createResampler } from './resample'
import { unreadable } from './unreadable'

/** Larger files are no photographs. */
const MAX_FILE_BYTES = 512 * 1024 * 1024

/**
 * Images that are decoded when they are needed: drawn ones as a random part, resized and perhaps mirrored; the others resized and cut from
 * the centre (spec 11). The wanted size must be square with three channels.
 */
export function createFilePlacer(files: FileList, { width: side }: ImageShape, decoding: DecodeOptions): ImagePlacer {
  const decode = createImageDecoder(decoding)
  const { resize } = createResampler()
  const whole = { left: 0, top: 0, width: side, height: side }
  return {
    count: files.count,
    nameOf: (index) => join(files.root, fileName(files, index)),
    place(index, target, draw) {
      const image = decode(readImageFile(join(files.root, fileName(files, index))))
      if (draw === null) {
        const { resized, part } = centreCrop(image, side)
        resize(image, { left: 0, top: 0, width: image.width, height: image.height }, resized.width, resized.height, part, target)
      } else {
        const first = draw.position * DRAWS_PER_IMAGE
        resize(image, randomResizedCrop(image, draw.random, first), side, side, whole, target)
        if (isFlipped(draw.random, first)) mirror(target, side)
      }
      return files.labels[index] ?? -1
    },
  }
}

function readImageFile(path: string): Buffer {
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

/** Mirrors a square RGB image left to right in place. */
function mirror(image: Uint8Array, side: number): void {
  for (let y = 0; y < side; y++)
    for (let left = y * side * 3, right = (y * side + side - 1) * 3; left < right; left += 3, right -= 3)
      for (let channel = 0; channel < 3; channel++) {
        const kept = image[left + channel] ?? 0
        image[left + channel] = image[right + channel] ?? 0
        image[right + channel] = kept
      }
}

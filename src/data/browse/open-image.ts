import { StudioError } from '../../contract/errors'
import type { DatasetSource, ImageFile } from '../../contract/image-service'
import { readImageFile } from '../file-images'
import { encodeJpeg } from '../jpeg/encode'
import { encodePng } from '../png/encode'
import { createResampler } from '../resample'
import { isUnreadable } from '../unreadable'
import { type FactReader, formatOf, reduced } from './image-facts'
import { packedPixels, type PackedSets } from './packed-sets'
import { join } from 'node:path'

/** A page decodes images at their full size: larger ones are sent as a copy of this longest side. */
const REDUCED_SIDE = 4096
const WHOLE_PIXELS = 24_000_000
const WHOLE_BYTES = 32 * 1024 * 1024

/** An image as a page can show it. Throws DATA_CORRUPT with a whole sentence. */
export async function openImage(source: DatasetSource, path: string, facts: FactReader, packed: PackedSets): Promise<ImageFile> {
  return named(path, async () => {
    const place = await packed.find(source, path)
    if (place !== null) return { type: 'image/png', bytes: encodePng(packedPixels(place.store, place.index)), reduced: false }
    const file = readImageFile(join(source.folder, path))
    // Also decides whether the file is whole: a page would show half an image without a word.
    const image = await facts.pixels(source, path)
    const format = formatOf(file)
    if (format !== '' && image.width * image.height <= WHOLE_PIXELS && file.length <= WHOLE_BYTES) return { type: `image/${format}`, bytes: file, reduced: false }
    return { type: 'image/jpeg', bytes: encodeJpeg(reduced(image, REDUCED_SIDE, createResampler()), 90), reduced: true }
  })
}

/** Turns "it is ..." into a sentence about the image. */
export async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isUnreadable(error)) throw error
    throw new StudioError('DATA_CORRUPT', `${path} cannot be shown: ${error.message}. Repair or replace the file, or exclude it.`, { cause: error })
  }
}

import { createHash } from 'node:crypto'
import { extname, join } from 'node:path'
import type { DatasetSource, ImageFacts } from '../../contract/image-service'
import { createImageDecoder, type ImageDecoder } from '../decode-image'
import { readImageFile } from '../file-images'
import { encodeJpeg } from '../jpeg/encode'
import type { Pixels } from '../pixels'
import { createResampler, type Resampler } from '../resample'
import { isUnreadable } from '../unreadable'
import { likenessOf } from './likeness'
import { packedPixels, type PackedSets } from './packed-sets'
import { measure } from './pixel-statistics'

/** Longest side of a thumbnail. */
export const THUMBNAIL_SIDE = 128

const NOTHING = { width: 0, height: 0, likeness: '', mean: [], square: [], brightness: 0, contrast: 0, thumbnail: null }

/** Reads one image after another. */
export interface FactReader {
  /** Never rejects because of a file. */
  read(source: DatasetSource, path: string): Promise<ImageFacts>
  /** Throws `unreadable`. The pixels are valid until the next call. */
  pixels(source: DatasetSource, path: string): Promise<Pixels>
}

export function createFactReader(packed: PackedSets): FactReader {
  const decode = createImageDecoder({ applyExifOrientation: false, scaleGrey16: false })
  const resampler = createResampler()

  const ofFile = (path: string): ImageFacts => {
    let file: Buffer | null = null
    let format = ''
    try {
      file = readImageFile(path)
      format = formatOf(file)
      const known = { problem: null, bytes: file.length, format, misnamed: isMisnamed(path, format), hash: hashOf(file) }
      return { ...known, ...pictureFacts(decode(file), resampler) }
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return { ...NOTHING, problem: error.message, bytes: file?.length ?? 0, format, misnamed: false, hash: file === null ? '' : hashOf(file) }
    }
  }

  return {
    async read(source, path) {
      const place = await packed.find(source, path)
      if (place === null) return ofFile(join(source.folder, path))
      const image = packedPixels(place.store, place.index)
      const bytes = place.store.width * place.store.height * place.store.channels
      return { problem: null, bytes, format: 'raw', misnamed: false, hash: hashOf(image.data), ...pictureFacts(image, resampler) }
    },
    pixels: (source, path) => pixelsOf(source, path, packed, decode),
  }
}

async function pixelsOf(source: DatasetSource, path: string, packed: PackedSets, decode: ImageDecoder): Promise<Pixels> {
  const place = await packed.find(source, path)
  return place === null ? decode(readImageFile(join(source.folder, path))) : packedPixels(place.store, place.index)
}

function pictureFacts(image: Pixels, resampler: Resampler): Omit<ImageFacts, 'problem' | 'bytes' | 'format' | 'misnamed' | 'hash'> {
  const { width, height } = image
  const small = reduced(image, THUMBNAIL_SIDE, resampler)
  return { width, height, ...measure(image), likeness: likenessOf(small, resampler), thumbnail: encodeJpeg(small, 84) }
}

/** The image itself, or a copy whose longer side is `side`. */
export function reduced(image: Pixels, side: number, resampler: Resampler): Pixels {
  const longer = Math.max(image.width, image.height)
  if (longer <= side) return image
  const width = Math.max(1, Math.round((image.width * side) / longer))
  const height = Math.max(1, Math.round((image.height * side) / longer))
  const data = new Uint8Array(width * height * 3)
  resampler.resize(image, { crop: { left: 0, top: 0, width: image.width, height: image.height }, width, height, part: { left: 0, top: 0, width, height } }, data)
  return { width, height, data }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

export function formatOf(file: Buffer): 'jpeg' | 'png' | '' {
  if (file[0] === 0xff && file[1] === 0xd8) return 'jpeg'
  return file.length > 8 && file.toString('latin1', 1, 4) === 'PNG' ? 'png' : ''
}

const isMisnamed = (path: string, format: string): boolean => format !== '' && (extname(path).toLowerCase() === '.png') !== (format === 'png')

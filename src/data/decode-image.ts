import { exifOrientation, turnUpright } from './exif-orientation'
import { createJpegDecoder } from './jpeg/decode'
import { readJpegHeader } from './jpeg/header'
import type { Pixels } from './pixels'
import { PNG_SIGNATURE, readPngChunks } from './png/chunks'
import { decodePng } from './png/decode'
import { unreadable } from './unreadable'

/** Where this program may do better than Pillow's `Image.open(file).convert('RGB')`, which it follows otherwise. */
export interface DecodeOptions {
  /** Turn photographs as their camera noted; the sample takes the stored rows as they are. */
  readonly applyExifOrientation: boolean
  /** Keep the high byte of 16-bit grey PNGs instead of cutting values off at 255. */
  readonly scaleGrey16: boolean
}

/** Decodes one file after another; the pixels are valid until the next call. Throws `unreadable`. */
export type ImageDecoder = (file: Buffer) => Pixels

/** Decodes JPEG and PNG by what a file holds, whatever its name says. */
export function createImageDecoder(options: DecodeOptions): ImageDecoder {
  const jpeg = createJpegDecoder()
  const upright = (image: Pixels, exif: Uint8Array | null): Pixels =>
    options.applyExifOrientation ? turnUpright(image, exifOrientation(exif)) : image
  return (file) => {
    if (file.length === 0) throw unreadable('it is empty')
    if (file[0] === 0xff && file[1] === 0xd8) {
      const header = readJpegHeader(file)
      return upright(jpeg.decode(file, header), header.exif)
    }
    if (file.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) {
      const chunks = readPngChunks(file)
      return upright(decodePng(chunks, options), chunks.exif)
    }
    throw unreadable('it is neither a JPEG nor a PNG file')
  }
}

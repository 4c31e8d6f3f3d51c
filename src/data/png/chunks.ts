import { crc32 } from 'node:zlib'
import { checkDimensions, unreadable } from '../unreadable'

export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** The value of the header's colour type. */
export const PNG_COLOUR = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 } as const

/** Samples a pixel and bit depths, by colour type. */
const LAYOUTS: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  [PNG_COLOUR.grey]: { samples: 1, depths: [1, 2, 4, 8, 16] },
  [PNG_COLOUR.rgb]: { samples: 3, depths: [8, 16] },
  [PNG_COLOUR.palette]: { samples: 1, depths: [1, 2, 4, 8] },
  [PNG_COLOUR.greyAlpha]: { samples: 2, depths: [8, 16] },
  [PNG_COLOUR.rgbAlpha]: { samples: 4, depths: [8, 16] },
}

export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colour: number
  /** Samples a pixel. */
  readonly samples: number
  readonly interlaced: boolean
}

export interface PngChunks {
  readonly header: PngHeader
  /** [entries, 3]; empty where there is none. */
  readonly palette: Uint8Array
  /** Compressed image data, in order. */
  readonly data: readonly Uint8Array[]
  /** The TIFF block of an `eXIf` chunk. */
  readonly exif: Uint8Array | null
}

/** Splits a PNG file (ISO/IEC 15948) into what decoding needs. Throws `unreadable`. The file may lack its end mark, as Pillow allows. */
export function readPngChunks(file: Buffer): PngChunks {
  let header: PngHeader | null = null
  let palette: Uint8Array = new Uint8Array(0)
  let exif: Uint8Array | null = null
  const data: Uint8Array[] = []
  let at = PNG_SIGNATURE.length
  while (at + 8 <= file.length) {
    const length = file.readUInt32BE(at)
    const kind = file.toString('latin1', at + 4, at + 8)
    if (kind === 'IEND') break
    const body = file.subarray(at + 8, at + 8 + length)
    if (body.length < length || at + 12 + length > file.length) throw unreadable('it ends in the middle of its data')
    const isCritical = kind >= 'A' && kind < 'a'
    if (isCritical && crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length))
      throw unreadable(`the checksum of its part ${JSON.stringify(kind)} is wrong`)
    if (kind === 'IHDR') header = readHeader(body)
    else if (kind === 'PLTE') palette = body
    else if (kind === 'IDAT') data.push(body)
    else if (kind === 'eXIf') exif = body
    at += 12 + length
  }
  if (header === null) throw unreadable('it is no whole PNG file: its header is missing')
  if (data.length === 0) throw unreadable('it holds no image data')
  if (header.colour === PNG_COLOUR.palette && palette.length < 3) throw unreadable('its palette is missing')
  return { header, palette, data, exif }
}

function readHeader(body: Buffer): PngHeader {
  if (body.length !== 13) throw unreadable('its header is damaged')
  const [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)]
  const [depth = 0, colour = 0, compression = 0, filter = 0, interlace = 0] = body.subarray(8)
  const layout = LAYOUTS[colour]
  if (layout === undefined || !layout.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1)
    throw unreadable(
      `its kind of PNG is unknown (colour type ${colour}, ${depth} bits, compression ${compression}, filter ${filter}, interlace ${interlace})`,
    )
  checkDimensions(width, height)
  return { width, height, depth, colour, samples: layout.samples, interlaced: interlace === 1 }
}

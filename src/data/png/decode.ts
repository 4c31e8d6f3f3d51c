import { inflateSync } from 'node:zlib'
import type { Pixels } from '../pixels'
import { PNG_COLOUR, type PngChunks, type PngHeader } from './chunks'
import { unfilter } from './filter'
import { unreadable } from '../unreadable'

/** A regular grid of an image's pixels that is stored on its own. */
interface Pass {
  readonly left: number
  readonly top: number
  readonly stepX: number
  readonly stepY: number
}

const WHOLE: readonly Pass[] = [{ left: 0, top: 0, stepX: 1, stepY: 1 }]
/** Adam7. */
const INTERLACED: readonly Pass[] = [
  { left: 0, top: 0, stepX: 8, stepY: 8 },
  { left: 4, top: 0, stepX: 8, stepY: 8 },
  { left: 0, top: 4, stepX: 4, stepY: 8 },
  { left: 2, top: 0, stepX: 4, stepY: 4 },
  { left: 0, top: 2, stepX: 2, stepY: 4 },
  { left: 1, top: 0, stepX: 2, stepY: 2 },
  { left: 0, top: 1, stepX: 1, stepY: 2 },
]

/** Data beyond the image is ignored up to this many bytes, as Pillow ignores it. */
const SPARE_BYTES = 65_536

/**
 * RGB of a PNG, as Pillow's convert('RGB') gives it: transparency is dropped, grey of 1, 2 and 4 bits is stretched to 0..255, of 16-bit
 * colours the high byte is kept. 16-bit grey without transparency is cut off at 255 there; `scaleGrey16` keeps its high byte instead.
 * Throws `unreadable`.
 */
export function decodePng({ header, palette, data }: PngChunks, { scaleGrey16 }: { readonly scaleGrey16: boolean }): Pixels {
  const bitsPerPixel = header.depth * header.samples
  const passes = (header.interlaced ? INTERLACED : WHOLE)
    .map((pass) => ({ ...pass, columns: places(header.width, pass.left, pass.stepX), rows: places(header.height, pass.top, pass.stepY) }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0)
    .map((pass) => ({ ...pass, length: Math.ceil((pass.columns * bitsPerPixel) / 8) }))
  const bytes = inflate(
    data,
    passes.reduce((sum, { rows, length }) => sum + rows * (length + 1), 0),
  )
  const target = new Uint8Array(header.width * header.height * 3)
  const toRgb = pixelWriter(header, palette, scaleGrey16)
  let start = 0
  for (const { left, top, stepX, stepY, columns, rows, length } of passes) {
    unfilter(bytes, start, rows, length, Math.max(1, bitsPerPixel >> 3))
    for (let row = 0; row < rows; row++) {
      const from = start + row * (length + 1) + 1
      const to = (top + row * stepY) * header.width + left
      for (let column = 0; column < columns; column++) toRgb(bytes, from, column, target, (to + column * stepX) * 3)
    }
    start += rows * (length + 1)
  }
  return { width: header.width, height: header.height, data: target }
}

const places = (edge: number, start: number, step: number): number => Math.ceil((edge - start) / step)

function inflate(data: readonly Uint8Array[], size: number): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = inflateSync(data.length === 1 ? (data[0] ?? new Uint8Array(0)) : Buffer.concat(data), { maxOutputLength: size + SPARE_BYTES })
  } catch (cause) {
    throw unreadable(`its image data cannot be unpacked (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
  if (bytes.length < size) throw unreadable('it ends in the middle of its data')
  return bytes
}

type PixelWriter = (bytes: Uint8Array, row: number, column: number, target: Uint8Array, to: number) => void

function pixelWriter({ colour, depth, samples }: PngHeader, palette: Uint8Array, scaleGrey16: boolean): PixelWriter {
  const size = depth === 16 ? 2 : 1
  if (colour === PNG_COLOUR.rgb || colour === PNG_COLOUR.rgbAlpha)
    return (bytes, row, column, target, to) => {
      const from = row + column * samples * size
      target[to] = bytes[from] ?? 0
      target[to + 1] = bytes[from + size] ?? 0
      target[to + 2] = bytes[from + 2 * size] ?? 0
    }
  if (colour === PNG_COLOUR.palette) {
    return (bytes, row, column, target, to) => {
      const entry = bitsAt(bytes, row, column, depth)
      // A colour that the palette lacks is the grey of its number, as in the Pillow of the sample's time.
      target[to] = palette[3 * entry] ?? entry
      target[to + 1] = palette[3 * entry + 1] ?? entry
      target[to + 2] = palette[3 * entry + 2] ?? entry
    }
  }
  const clips = depth === 16 && colour === PNG_COLOUR.grey && !scaleGrey16
  const stretch = depth < 8 ? 255 / (2 ** depth - 1) : 1
  return (bytes, row, column, target, to) => {
    const from = row + column * samples * size
    const high = depth < 8 ? bitsAt(bytes, row, column, depth) * stretch : (bytes[from] ?? 0)
    target.fill(clips ? (high > 0 ? 255 : (bytes[from + 1] ?? 0)) : high, to, to + 3)
  }
}

/** The `column`th value of `depth` bits (1, 2, 4 or 8) in a row. */
function bitsAt(bytes: Uint8Array, row: number, column: number, depth: number): number {
  const bit = column * depth
  return ((bytes[row + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
}

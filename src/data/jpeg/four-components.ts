import type { Pixels } from '../pixels'
import { unreadable } from '../unreadable'
import { type Frame, readFrame } from './frame'
import { MARKER, nextSegment } from './header'
import { buildHuffmanTable, type HuffmanTable } from './huffman'
import { samplesOf } from './inverse-cosine'
import { decodeScan } from './scan'

/** Value of an Adobe marker for luminance, two colour differences and black. */
const YCCK = 2

/**
 * RGB of a CMYK or YCCK JPEG, as Pillow gives it: ink is stored inverted whether or not a program says so. Sequential and progressive files;
 * reduced components are repeated, not smoothed. Such files are rare, so this is plain rather than fast. Throws `unreadable`.
 */
export function decodeFourComponents(file: Buffer, adobeTransform: number | null): Pixels {
  const { frame, quantization } = decodeCoefficients(file)
  const { width, height } = frame
  const planes = frame.components.map((component) => {
    const { horizontal, vertical, storedColumns } = component
    const samples = samplesOf(component, quantization.get(component.quantization))
    return { samples, stride: storedColumns * 8, scaleX: horizontal / frame.maxHorizontal, scaleY: vertical / frame.maxVertical }
  })
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [a = 0, b = 0, c = 0, black = 0] = planes.map(
        ({ samples, stride, scaleX, scaleY }) => samples[Math.floor(y * scaleY) * stride + Math.floor(x * scaleX)] ?? 0,
      )
      const colours = adobeTransform === YCCK ? invertedRgb(a, b, c) : ([a, b, c] as const)
      const to = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel++) data[to + channel] = black - scaled(255 - (colours[channel] ?? 0), black)
    }
  return { width, height, data }
}

/** a * b / 255, rounded. */
function scaled(a: number, b: number): number {
  const product = a * b + 128
  return ((product >> 8) + product) >> 8
}

const FIXED = 65_536
const clamp = (value: number): number => Math.min(Math.max(value, 0), 255)

/** YCbCr to RGB in 16-bit fixed point, and each colour turned into ink. */
function invertedRgb(luminance: number, blueDifference: number, redDifference: number): readonly [number, number, number] {
  const [blue, red] = [blueDifference - 128, redDifference - 128]
  const part = (sum: number): number => clamp(255 - (luminance + ((sum + FIXED / 2) >> 16)))
  const factor = (value: number): number => Math.round(value * FIXED)
  return [part(factor(1.402) * red), part(-factor(0.34414) * blue - factor(0.71414) * red), part(factor(1.772) * blue)]
}

function decodeCoefficients(file: Buffer): { readonly frame: Frame; readonly quantization: ReadonlyMap<number, Uint16Array> } {
  const quantization = new Map<number, Uint16Array>()
  const tables = { dc: new Map<number, HuffmanTable>(), ac: new Map<number, HuffmanTable>() }
  let frame: Frame | null = null
  let restartInterval = 0
  for (let at = 2; ;) {
    const { marker, body, end } = nextSegment(file, at)
    at = end
    if (marker === MARKER.eoi) break
    else if (marker === MARKER.dqt) readQuantization(body, quantization)
    else if (marker === MARKER.dht) readHuffman(body, tables)
    else if (marker === MARKER.dri && body.length >= 2) restartInterval = body.readUInt16BE(0)
    else if (marker === MARKER.sof0 || marker === MARKER.sof1 || marker === MARKER.sof2) frame = readFrame(body, marker === MARKER.sof2)
    else if (marker === MARKER.sos) {
      if (frame === null) throw unreadable('its kind of JPEG is not read with four colours (only sequential and progressive Huffman coding is)')
      at = decodeScan(file, end, body, frame, tables, restartInterval)
    }
  }
  if (frame?.components.length !== 4) throw unreadable('its header is damaged')
  return { frame, quantization }
}

function readQuantization(body: Buffer, into: Map<number, Uint16Array>): void {
  for (let at = 0; at < body.length;) {
    const head = body.readUInt8(at++)
    const size = head >> 4 === 0 ? 1 : 2
    if (at + 64 * size > body.length) throw unreadable('one of its quantization tables is damaged')
    into.set(
      head & 15,
      Uint16Array.from({ length: 64 }, (_, index) => body.readUIntBE(at + index * size, size)),
    )
    at += 64 * size
  }
}

function readHuffman(body: Buffer, { dc, ac }: { readonly dc: Map<number, HuffmanTable>; readonly ac: Map<number, HuffmanTable> }): void {
  for (let at = 0; at + 17 <= body.length;) {
    const head = body.readUInt8(at)
    const counts = body.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    const kind = head >> 4 === 0 ? dc : ac
    kind.set(head & 15, buildHuffmanTable(counts, body.subarray(at + 17, at + 17 + total)))
    at += 17 + total
  }
}

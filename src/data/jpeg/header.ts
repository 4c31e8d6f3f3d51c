import { unreadable } from '../unreadable'

/** Second bytes of JPEG's markers (ITU-T T.81, table B.1). */
export const MARKER = {
  sof0: 0xc0,
  sof1: 0xc1,
  sof2: 0xc2,
  dht: 0xc4,
  rst0: 0xd0,
  rst7: 0xd7,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  app1: 0xe1,
  app14: 0xee,
} as const

/** A marker with its parameters, without their length. */
export interface Segment {
  readonly marker: number
  readonly body: Buffer
  /** Where the next byte of the file is. */
  readonly end: number
}

export interface JpegHeader {
  readonly width: number
  readonly height: number
  readonly components: number
  /** Of an Adobe marker: 0 as the components say, 1 YCbCr, 2 YCCK; null without one. */
  readonly adobeTransform: number | null
  /** The TIFF block of an Exif marker. */
  readonly exif: Uint8Array | null
}

const EXIF = 'Exif\0\0'

/** The next marker segment at or after `at`; bytes between segments are passed over, as libjpeg does. */
export function nextSegment(file: Buffer, at: number): Segment {
  for (let start = file.indexOf(0xff, at); start >= 0 && start + 1 < file.length; start = file.indexOf(0xff, start + 1)) {
    const marker = file[start + 1] ?? 0
    if (marker === 0 || marker === 0xff) continue
    if (marker === 0x01 || (marker >= MARKER.rst0 && marker <= MARKER.eoi)) return { marker, body: file.subarray(0, 0), end: start + 2 }
    const length = start + 4 <= file.length ? file.readUInt16BE(start + 2) : 0
    const end = start + 2 + length
    if (length < 2 || end > file.length) break
    return { marker, body: file.subarray(start + 4, end), end }
  }
  throw unreadable('it ends in the middle of its data')
}

/** Reads a JPEG up to its first scan. Throws `unreadable`. */
export function readJpegHeader(file: Buffer): JpegHeader {
  let size: { readonly width: number; readonly height: number; readonly components: number } | null = null
  let adobeTransform: number | null = null
  let exif: Uint8Array | null = null
  for (let at = 2; ;) {
    const { marker, body, end } = nextSegment(file, at)
    if (isFrame(marker) && body.length >= 6) size = { height: body.readUInt16BE(1), width: body.readUInt16BE(3), components: body.readUInt8(5) }
    else if (marker === MARKER.app14 && body.length >= 12 && body.toString('latin1', 0, 5) === 'Adobe') adobeTransform = body.readUInt8(11)
    else if (marker === MARKER.app1 && body.toString('latin1', 0, EXIF.length) === EXIF) exif ??= body.subarray(EXIF.length)
    else if (marker === MARKER.sos || marker === MARKER.eoi) break
    at = end
  }
  if (size === null) throw unreadable('it is no whole JPEG file: its header is missing')
  return { ...size, adobeTransform, exif }
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

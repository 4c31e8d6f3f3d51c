import { type Bytes, concat, field, floatField, integerField, varint } from '../../tensor/protobuf'
import { maskedCrc32c } from '../../util/crc32c'

/** One point of a curve. */
export interface Scalar {
  readonly tag: string
  readonly value: number
}

function doubleField(number: number, value: number): Bytes {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return concat([varint((number << 3) | 1), bytes])
}

const WALL_TIME = 1
const STEP = 2
const FILE_VERSION = 3
const SUMMARY = 5
const SUMMARY_VALUE = 1
const TAG = 1
const SIMPLE_VALUE = 2

/** `tensorflow.Event` with scalars at one step; `seconds` since 1970. */
export function scalarEvent(seconds: number, step: number, scalars: readonly Scalar[]): Bytes {
  const values = scalars.map(({ tag, value }) => field(SUMMARY_VALUE, concat([field(TAG, tag), floatField(SIMPLE_VALUE, value)])))
  return concat([doubleField(WALL_TIME, seconds), integerField(STEP, step), field(SUMMARY, concat(values))])
}

/** The event that every file begins with. */
export const versionEvent = (seconds: number): Bytes => concat([doubleField(WALL_TIME, seconds), field(FILE_VERSION, 'brain.Event:2')])

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** A record of a TFRecord file: length, its checksum, content, its checksum. */
export function record(content: Bytes): Bytes {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(content.length), true)
  return concat([length, uint32(maskedCrc32c(length)), content, uint32(maskedCrc32c(content))])
}

import { MalformedFile } from '../../util/pickle/malformed-file'
import { ELEMENT_BYTES, type ElementType, type TensorReference } from './pickle-values'

/** Values of a storage as float32. Integers beyond 2^24 lose their last digits, as they would in any float. */
export function asFloats(bytes: Buffer, dtype: ElementType, first: number, count: number): Float32Array {
  const size = ELEMENT_BYTES[dtype]
  const part = bytes.subarray(first * size, (first + count) * size)
  if (part.length !== count * size) throw new MalformedFile('a storage in it is shorter than its tensors need')
  const values = new Float32Array(count)
  if (dtype === 'F32') {
    new Uint8Array(values.buffer).set(part)
    return values
  }
  const read = READERS[dtype]
  for (let i = 0; i < count; i++) values[i] = read(part, i * size)
  return values
}

const READERS: Readonly<Record<Exclude<ElementType, 'F32'>, (bytes: Buffer, at: number) => number>> = {
  F64: (bytes, at) => bytes.readDoubleLE(at),
  F16: (bytes, at) => half(bytes.readUInt16LE(at)),
  BF16: (bytes, at) => brain(bytes.readUInt16LE(at)),
  I64: (bytes, at) => Number(bytes.readBigInt64LE(at)),
  I32: (bytes, at) => bytes.readInt32LE(at),
  I16: (bytes, at) => bytes.readInt16LE(at),
  I8: (bytes, at) => bytes.readInt8(at),
  U8: (bytes, at) => bytes.readUInt8(at),
  BOOL: (bytes, at) => (bytes.readUInt8(at) === 0 ? 0 : 1),
}

function half(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

const scratch = new DataView(new ArrayBuffer(4))
function brain(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/** The values of a view in row-major order. */
export function tensorValues({ storage, offset, shape, strides }: TensorReference, bytes: Buffer): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  if (count === 0) return new Float32Array()
  const span = shape.reduce((at, size, axis) => at + (size - 1) * (strides[axis] ?? 0), 0) + 1
  const memory = asFloats(bytes, storage.dtype, offset, span)
  if (isContiguous(shape, strides)) return memory
  const values = new Float32Array(count)
  const index = shape.map(() => 0)
  for (let i = 0, at = 0; i < count; i++) {
    values[i] = memory[at] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1
      at += strides[axis] ?? 0
      if ((index[axis] ?? 0) < (shape[axis] ?? 1)) break
      at -= (index[axis] ?? 0) * (strides[axis] ?? 0)
      index[axis] = 0
    }
  }
  return values
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if ((shape[axis] ?? 1) !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis] ?? 1
  }
  return true
}

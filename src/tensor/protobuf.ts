/** Writers for the protobuf wire format (varint, length-delimited, 32-bit), enough for TensorFlow's graph messages. */

export type Bytes = Uint8Array

const encoder = new TextEncoder()

export function varint(value: number | bigint): Bytes {
  let rest = BigInt(value)
  if (rest < 0n) rest += 1n << 64n
  const out: number[] = []
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  out.push(Number(rest))
  return Uint8Array.from(out)
}

export function concat(parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** A length-delimited field: text, bytes or an embedded message. */
export function field(number: number, content: Bytes | string): Bytes {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content
  return concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

export function integerField(number: number, value: number | bigint): Bytes {
  return concat([varint(number << 3), varint(value)])
}

export function floatField(number: number, value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return concat([varint((number << 3) | 5), bytes])
}

/** One `map<string, message>` entry. */
export function mapEntry(number: number, key: string, value: Bytes): Bytes {
  return field(number, concat([field(1, key), field(2, value)]))
}

/** One field of a message in the protobuf wire format. Numbers of fixed size are given as their bytes. */
export interface WireField {
  readonly number: number
  readonly value: bigint | Uint8Array
}

/** The fields of a message, in order. Throws a RangeError where the bytes are not a message. */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('it ends in the middle of a number')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new RangeError('a number in it never ends')
  }
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new RangeError(`${String(length - (bytes.length - at))} bytes are missing at its end`)
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const [number, wire] = [tag >>> 3, tag & 7]
    if (number === 0) throw new RangeError('it holds a field without a number')
    if (wire === 0) yield { number, value: varint() }
    else if (wire === 2) yield { number, value: take(Number(varint())) }
    else if (wire === 5) yield { number, value: take(4) }
    else if (wire === 1) yield { number, value: take(8) }
    else throw new RangeError(`it holds a field of an unknown kind (${String(wire)})`)
  }
}

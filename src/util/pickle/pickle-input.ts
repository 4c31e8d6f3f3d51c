import { MalformedFile } from './malformed-file'

const MAX_INTEGER_BYTES = 64
const MAX_LINE_BYTES = 4096

/** Bytes of a pickle, read from front to back; whoever reads past the end gets a {@link MalformedFile}. */
export class PickleInput {
  constructor(
    private readonly bytes: Buffer,
    public at = 0,
  ) {}

  take(length: number): Buffer {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.bytes.length - this.at) throw new MalformedFile('it ends too early')
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }

  byte(): number {
    return this.take(1)[0] ?? 0
  }

  uint16(): number {
    return this.take(2).readUInt16LE()
  }

  int32(): number {
    return this.take(4).readInt32LE()
  }

  uint32(): number {
    return this.take(4).readUInt32LE()
  }

  float64(): number {
    return this.take(8).readDoubleBE()
  }

  /** A length in 8 bytes. */
  length64(): number {
    return Number(this.take(8).readBigUInt64LE())
  }

  /** Text up to the end of the line, without it. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end === -1 || end - this.at > MAX_LINE_BYTES) throw new MalformedFile('a line in it does not end')
    const text = this.take(end - this.at).toString('utf8')
    this.at++
    return text
  }

  /** Little-endian two's complement of so many bytes: a number where it is exact, else a bigint. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw new MalformedFile(`an integer in it has ${length} bytes`)
    const bytes = this.take(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
    if (length > 0 && (bytes[length - 1] ?? 0) >= 0x80) value -= 1n << BigInt(8 * length)
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }
}

import { unreadable } from '../unreadable'

/** Codes of one table, by length: how T.81 F.2.2.3 decodes. */
export interface HuffmanTable {
  /** Largest code of each length from 1 to 16; -1 where there is none. */
  readonly maxCode: Int32Array
  /** What added to a code of a length gives its place in `values`. */
  readonly offset: Int32Array
  readonly values: Uint8Array
}

export function buildHuffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const maxCode = new Int32Array(17).fill(-1)
  const offset = new Int32Array(17)
  let code = 0
  let place = 0
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0
    offset[length] = place - code
    if (count > 0) maxCode[length] = code + count - 1
    code = (code + count) << 1
    place += count
  }
  return { maxCode, offset, values }
}

/** Bits of one entropy-coded stretch. Beyond its end come zeros, as in libjpeg; `overrun` tells that some were read. */
export class BitReader {
  private bits = 0
  private available = 0
  overrun = false

  constructor(
    private readonly file: Uint8Array,
    /** Next byte; after the stretch, the marker that ended it. */
    public at: number,
  ) {}

  bit(): number {
    if (this.available === 0) this.fetch()
    this.available--
    return (this.bits >> this.available) & 1
  }

  read(count: number): number {
    let value = 0
    for (let read = 0; read < count; read++) value = (value << 1) | this.bit()
    return value
  }

  /** A number of `size` bits in JPEG's form for signed values (T.81 F.2.2.1). */
  signed(size: number): number {
    if (size === 0) return 0
    const value = this.read(size)
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }

  symbol({ maxCode, offset, values }: HuffmanTable): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit()
      if (code <= (maxCode[length] ?? -1)) return values[code + (offset[length] ?? 0)] ?? 0
    }
    throw unreadable('its image data is damaged (an unknown code)')
  }

  /** Drops what is left of the byte and goes past a restart marker, if one is next. */
  restart(): void {
    this.available = 0
    const next = this.file[this.at + 1] ?? 0
    if (this.file[this.at] === 0xff && next >= 0xd0 && next <= 0xd7) this.at += 2
  }

  private fetch(): void {
    const value = this.file[this.at]
    const isMarker = value === 0xff && this.file[this.at + 1] !== 0
    if (value === undefined || isMarker) {
      this.overrun = true
      this.bits = 0
    } else {
      this.bits = value
      this.at += value === 0xff ? 2 : 1
    }
    this.available = 8
  }
}

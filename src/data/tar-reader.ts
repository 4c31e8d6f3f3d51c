/** What stands at the head of a file in a tar archive. */
export interface TarHeader {
  readonly name: string
  readonly sizeBytes: number
  /** Whether it is an ordinary file: no folder, no link, no record about the next file. */
  readonly isFile: boolean
}

const BLOCK_BYTES = 512

/**
 * Reads an unpacked tar archive (POSIX.1-1988 ustar and the older form, as the published archives have it) from parts of any length.
 * `open` says of each file where its bytes go, or null to pass over it; the buffer it gives has room for `sizeBytes`.
 * It takes no stream: nothing in it waits, so that no input, however damaged, can leave it waiting.
 */
export class TarReader {
  private readonly header = Buffer.alloc(BLOCK_BYTES)
  private headerBytes = 0
  private target: Buffer | null = null
  private written = 0
  /** Bytes of the present file that are still to come, and those that fill its last block. */
  private remaining = 0
  private padding = 0

  constructor(private readonly open: (header: TarHeader) => Buffer | null) {}

  /** Whether the archive may end here: between two files. */
  get isBetweenFiles(): boolean {
    return this.headerBytes === 0 && this.remaining === 0 && this.padding === 0
  }

  /** Whether bytes of a file that was opened are still to come. */
  get isInContent(): boolean {
    return this.remaining > 0
  }

  /** Takes the next bytes. Throws an Error when they are no tar archive. */
  push(part: Buffer): void {
    let at = 0
    while (at < part.length) {
      if (this.remaining > 0) at += this.takeContent(part, at)
      else if (this.padding > 0) {
        const passed = Math.min(this.padding, part.length - at)
        this.padding -= passed
        at += passed
      } else at += this.takeHeader(part, at)
    }
  }

  private takeContent(part: Buffer, at: number): number {
    const taken = Math.min(this.remaining, part.length - at)
    if (this.target !== null) this.written += part.copy(this.target, this.written, at, at + taken)
    this.remaining -= taken
    return taken
  }

  private takeHeader(part: Buffer, at: number): number {
    const taken = part.copy(this.header, this.headerBytes, at)
    this.headerBytes += taken
    if (this.headerBytes < BLOCK_BYTES) return taken
    this.headerBytes = 0
    // Two blocks of zeros end an archive; what may follow them is zeros, too.
    if (this.header.every((byte) => byte === 0)) return taken
    const header = parseTarHeader(this.header)
    this.target = this.open(header)
    this.written = 0
    this.remaining = header.sizeBytes
    this.padding = (BLOCK_BYTES - (header.sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
    return taken
  }
}

/** Reads one block of 512 bytes as the head of a file. Throws an Error when its checksum or its size is wrong. */
function parseTarHeader(block: Buffer): TarHeader {
  const checksum = octal(block, 148, 8)
  // The checksum is taken with its own eight bytes as blanks.
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (checksum !== sum) throw new Error('a file was expected to begin here, but the checksum of its tar header is wrong')
  const sizeBytes = octal(block, 124, 12)
  if (sizeBytes === null) throw new Error('the size in a tar header is no octal number')
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  const kind = block.toString('latin1', 156, 157)
  return { name: prefix === '' ? name : `${prefix}/${name}`, sizeBytes, isFile: kind === '0' || kind === '\0' }
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

function octal(block: Buffer, at: number, length: number): number | null {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString('latin1', at, at + length))?.[1]
  return digits === undefined ? null : Number.parseInt(digits, 8)
}

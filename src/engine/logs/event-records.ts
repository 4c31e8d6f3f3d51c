import { open } from 'node:fs/promises'
import { maskedCrc32c } from '../../util/crc32c'

/** How a file of records came to its end: whole, within a record that was just being written, or in bytes that are none. */
export interface RecordsEnd {
  readonly ending: 'whole' | 'unfinished' | 'damaged'
  /** Records whose content is not what its checksum says. They were left out. */
  readonly damaged: number
}

const LENGTH_BYTES = 8
const SUM_BYTES = 4
const HEAD_BYTES = LENGTH_BYTES + SUM_BYTES
/** Pictures and graphs in event files are large; a larger length is none. */
export const MAX_RECORD_BYTES = 256_000_000
const READ_BYTES = 1 << 20

/**
 * Hands over the content of every record of a TFRecord file (length, masked CRC-32C of it, content, masked CRC-32C of that), a piece of the file
 * at a time. The bytes are valid during the call. A length that does not fit its checksum ends the reading, for nothing tells where the next record is.
 */
export async function eachRecord(file: string, take: (content: Uint8Array) => void): Promise<RecordsEnd> {
  const handle = await open(file, 'r')
  try {
    let [held, damaged] = [Buffer.alloc(0), 0]
    for (;;) {
      const used = { at: 0 }
      for (let next = lengthAt(held, used.at); next !== null; next = lengthAt(held, used.at)) {
        if (next === 'damaged') return { ending: 'damaged', damaged }
        const [start, end] = [used.at + HEAD_BYTES, used.at + HEAD_BYTES + next]
        if (end + SUM_BYTES > held.length) break
        const content = held.subarray(start, end)
        if (maskedCrc32c(content) === held.readUInt32LE(end)) take(content)
        else damaged++
        used.at = end + SUM_BYTES
      }
      const rest = held.subarray(used.at)
      // A record that is larger than a piece is fetched at once, not copied again for every piece.
      const wanted = lengthAt(rest, 0)
      const more = Buffer.allocUnsafe(Math.max(READ_BYTES, typeof wanted === 'number' ? HEAD_BYTES + wanted + SUM_BYTES - rest.length : 0))
      const { bytesRead } = await handle.read(more, 0, more.length, null)
      if (bytesRead === 0) return { ending: rest.length === 0 ? 'whole' : 'unfinished', damaged }
      held = Buffer.concat([rest, more.subarray(0, bytesRead)])
    }
  } finally {
    await handle.close()
  }
}

/** Bytes of the record that begins at `at`; null where its head is not all there. */
function lengthAt(bytes: Buffer, at: number): number | 'damaged' | null {
  if (at + HEAD_BYTES > bytes.length) return null
  if (maskedCrc32c(bytes.subarray(at, at + LENGTH_BYTES)) !== bytes.readUInt32LE(at + LENGTH_BYTES)) return 'damaged'
  const length = bytes.readBigUInt64LE(at)
  return length > BigInt(MAX_RECORD_BYTES) ? 'damaged' : Number(length)
}

import { crc32, gunzipSync, gzipSync, inflateSync, deflateSync } from 'node:zlib'

const SIGNATURE_BYTES = 8

/** Every part's checksum as its bytes ask for, and image data that can be unpacked packed again. */
export function repairPng(input: Buffer): Buffer {
  const parts: Buffer[] = [input.subarray(0, SIGNATURE_BYTES)]
  let at = SIGNATURE_BYTES
  while (at + 12 <= input.length) {
    const kind = input.subarray(at + 4, at + 8)
    const length = Math.min(input.readUInt32BE(at), input.length - at - 12)
    const body = kind.toString('latin1') === 'IDAT' ? repacked(input.subarray(at + 8, at + 8 + length)) : input.subarray(at + 8, at + 8 + length)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(Buffer.concat([kind, body])))
    parts.push(head, kind, body, sum)
    at += 12 + length
  }
  return Buffer.concat(parts)
}

/** Damaged deflate data as far as it can be read, with the right checksum at its end. */
function repacked(data: Buffer): Buffer {
  try {
    return deflateSync(inflateSync(data, { finishFlush: 2, maxOutputLength: 1_000_000 }))
  } catch {
    // What can't be unpacked at all is an input of its own.
    return data
  }
}

/** A gzip file of what is in the damaged one, or of the bytes themselves. */
export function repairGzip(input: Buffer): Buffer {
  try {
    return gzipSync(gunzipSync(input, { finishFlush: 2, maxOutputLength: 1_000_000 }))
  } catch {
    return gzipSync(input)
  }
}

/** The length before the JSON header of a `.safetensors` file as its text asks for. */
export function repairSafetensors(input: Buffer): Buffer {
  const end = input.lastIndexOf('}')
  if (input.length < 9 || end < 8) return input
  const repaired = Buffer.from(input)
  repaired.writeBigUInt64LE(BigInt(end - 7), 0)
  return repaired
}

import { crc32, gunzipSync, gzipSync, inflateRawSync, deflateSync } from 'node:zlib'

const SIGNATURE_BYTES = 8
const IMAGE_DATA = Buffer.from('IDAT')
const END = Buffer.from('IEND')

function pngPart(kind: Buffer, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(Buffer.concat([kind, body])))
  return Buffer.concat([head, kind, body, sum])
}

/** Every part's checksum as its bytes ask for, and image data that can be unpacked packed again, in one part. */
export function repairPng(input: Buffer): Buffer {
  const parts: Buffer[] = [input.subarray(0, SIGNATURE_BYTES)]
  const data: Buffer[] = []
  let at = SIGNATURE_BYTES
  while (at + 12 <= input.length) {
    const kind = input.subarray(at + 4, at + 8)
    const length = Math.min(input.readUInt32BE(at), input.length - at - 12)
    const body = input.subarray(at + 8, at + 8 + length)
    if (kind.equals(IMAGE_DATA)) data.push(body)
    else if (!kind.equals(END)) parts.push(pngPart(kind, body))
    at += 12 + length
  }
  return Buffer.concat([...parts, pngPart(IMAGE_DATA, repacked(Buffer.concat(data))), pngPart(END, Buffer.alloc(0))])
}

/** Damaged deflate data as far as it can be read, with the right checksum at its end. */
function repacked(data: Buffer): Buffer {
  try {
    // Without the header of two bytes, for the checksum at the end is not looked at then.
    return deflateSync(inflateRawSync(data.subarray(2), { finishFlush: 2, maxOutputLength: 1_000_000 }), { level: 0 })
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

const TAR_BLOCK = 512
/** Places in a tar header: its size in octal digits, its checksum, which counts itself as blanks, and its mark. */
const TAR = { size: [124, 136], sum: [148, 156], mark: 257 } as const

/** A gzipped tar archive with the checksum that each header asks for, as far as their sizes lead from one to the next. */
export function repairTarGzip(input: Buffer): Buffer {
  const tar = gunzipSync(repairGzip(input))
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar.toString('latin1', at + TAR.mark, at + TAR.mark + 5) === 'ustar';) {
    const header = tar.subarray(at, at + TAR_BLOCK).fill(' ', ...TAR.sum)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, TAR.sum[0], 'latin1')
    const size = Number.parseInt(header.toString('latin1', ...TAR.size), 8) || 0
    at += TAR_BLOCK * (1 + Math.ceil(size / TAR_BLOCK))
  }
  return gzipSync(tar)
}

/** The length before the JSON header of a `.safetensors` file as its text asks for. */
export function repairSafetensors(input: Buffer): Buffer {
  const end = input.lastIndexOf('}')
  if (input.length < 9 || end < 8) return input
  const repaired = Buffer.from(input)
  repaired.writeBigUInt64LE(BigInt(end - 7), 0)
  return repaired
}

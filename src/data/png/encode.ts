import { crc32, deflateSync } from 'node:zlib'
import type { Pixels } from '../pixels'
import { PNG_COLOUR, PNG_SIGNATURE } from './chunks'

/** A PNG of 8 bits a channel, without filters. */
export function encodePng({ width, height, data }: Pixels): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, PNG_COLOUR.rgb, 0, 0, 0], 8)
  const pitch = width * 3
  const rows = Buffer.alloc(height * (pitch + 1))
  for (let row = 0; row < height; row++) rows.set(data.subarray(row * pitch, (row + 1) * pitch), row * (pitch + 1) + 1)
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 3 })), chunk('IEND', Buffer.alloc(0))])
}

function chunk(kind: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(body.length + 12)
  bytes.writeUInt32BE(body.length)
  bytes.write(kind, 4, 'latin1')
  bytes.set(body, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, body.length + 8)), body.length + 8)
  return bytes
}

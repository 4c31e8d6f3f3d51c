import { crc32 } from 'node:zlib'

const LOCAL = 0x04034b50
const ENTRY = 0x02014b50
const END = 0x06054b50
/** Version 2.0 of the format, names in UTF-8, nothing compressed, 1980-01-01: the same contents are the same bytes. */
const COMMON = { version: 20, flags: 0x0800, method: 0, time: 0, date: 0x0021 }

/** An archive of uncompressed files, in their order (PKWARE APPNOTE 4.3). Throws a RangeError above 4 GB, which this version of the format cannot hold. */
export function storedZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, data] of files) {
    const encodedName = Buffer.from(name)
    const common = fields(encodedName, data)
    const local = Buffer.concat([uint32(LOCAL), common, encodedName])
    // No comment, one disk, no attributes, then where the file begins.
    directory.push(Buffer.concat([uint32(ENTRY), uint16(COMMON.version), common, Buffer.alloc(10), uint32(offset), encodedName]))
    parts.push(local, data)
    offset += local.length + data.length
    if (offset >= 2 ** 32) throw new RangeError('the model is larger than the 4 GB that a zip archive holds')
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.concat([uint32(END), Buffer.alloc(4), uint16(files.size), uint16(files.size), uint32(entries.length), uint32(offset), uint16(0)])
  return Buffer.concat([...parts, entries, end])
}

/** What a file's header and its entry in the directory have in common. */
function fields(name: Uint8Array, data: Uint8Array): Buffer {
  const { version, flags, method, time, date } = COMMON
  return Buffer.concat([...[version, flags, method, time, date].map(uint16), uint32(crc32(data)), uint32(data.length), uint32(data.length), uint16(name.length), uint16(0)])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

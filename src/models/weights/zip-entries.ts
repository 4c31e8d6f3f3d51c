import { MalformedFile } from '../../util/pickle/malformed-file'

const END = 0x06054b50
const END64_LOCATOR = 0x07064b50
const END64 = 0x06064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const MAX_COMMENT = 65_535
const MAX_ENTRIES = 1_000_000
const BIG = 0xffff_ffff

/** Files of a zip archive by name, as views of it. Only stored files, as PyTorch and exports for TF.js have them. Throws {@link MalformedFile}. */
export function zipEntries(file: Buffer): Map<string, Buffer> {
  const { count, start } = directory(file)
  const entries = new Map<string, Buffer>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 46 > file.length || file.readUInt32LE(at) !== ENTRY) throw new MalformedFile('its zip directory is damaged')
    const method = file.readUInt16LE(at + 10)
    const nameLength = file.readUInt16LE(at + 28)
    const extraLength = file.readUInt16LE(at + 30)
    const name = file.toString('utf8', at + 46, at + 46 + nameLength)
    const extra = file.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const [size, compressed, offset] = large([file.readUInt32LE(at + 24), file.readUInt32LE(at + 20), file.readUInt32LE(at + 42)], extra)
    if (method !== 0 || size !== compressed) throw new MalformedFile(`"${name}" in it is compressed; only uncompressed archives are read`)
    if (entries.has(name)) throw new MalformedFile(`"${name}" stands twice in it`)
    entries.set(name, content(file, name, offset, size))
    at += 46 + nameLength + extraLength + file.readUInt16LE(at + 32)
  }
  return entries
}

function directory(file: Buffer): { count: number; start: number } {
  const lowest = Math.max(0, file.length - END_BYTES - MAX_COMMENT)
  let end = file.length - END_BYTES
  while (end >= lowest && file.readUInt32LE(end) !== END) end--
  if (end < lowest) throw new MalformedFile('its zip directory is missing: it may have been cut off')
  let count = file.readUInt16LE(end + 10)
  let start = file.readUInt32LE(end + 16)
  if (count === 0xffff || start === BIG) {
    const locator = end - 20
    if (locator < 0 || file.readUInt32LE(locator) !== END64_LOCATOR) throw new MalformedFile('its zip directory is damaged')
    const end64 = Number(file.readBigUInt64LE(locator + 8))
    if (end64 + 56 > file.length || file.readUInt32LE(end64) !== END64) throw new MalformedFile('its zip directory is damaged')
    count = Number(file.readBigUInt64LE(end64 + 32))
    start = Number(file.readBigUInt64LE(end64 + 48))
  }
  if (count > MAX_ENTRIES || start > file.length) throw new MalformedFile('its zip directory is damaged')
  return { count, start }
}

/** Sizes and offsets that do not fit 32 bits stand in an extra field, in this order. */
function large(values: readonly [number, number, number], extra: Buffer): [number, number, number] {
  let field: Buffer | undefined
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === 1) field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  let next = 0
  const full = (value: number): number => {
    if (value !== BIG) return value
    if (field === undefined || next + 8 > field.length) throw new MalformedFile('its zip directory is damaged')
    next += 8
    return Number(field.readBigUInt64LE(next - 8))
  }
  return [full(values[0]), full(values[1]), full(values[2])]
}

function content(file: Buffer, name: string, offset: number, size: number): Buffer {
  if (offset + 30 > file.length || file.readUInt32LE(offset) !== LOCAL) throw new MalformedFile(`"${name}" in it is not where its directory says`)
  const start = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28)
  if (start + size > file.length) throw new MalformedFile(`"${name}" in it is cut off`)
  return file.subarray(start, start + size)
}

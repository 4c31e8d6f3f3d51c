import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { SetupError } from './setup-error.mjs'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LONGEST_COMMENT = 0xffff

/** Entries of a zip archive's central directory (PKWARE APPNOTE 4.3.12). Zip64 is refused: no archive we pin needs it. */
async function readDirectory(file) {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const tail = Buffer.alloc(Math.min(size, 22 + LONGEST_COMMENT))
    await handle.read(tail, 0, tail.length, size - tail.length)
    let at = tail.length - 22
    while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at--
    if (at < 0) throw new SetupError(`${file} is not a whole zip archive; delete it and run set-up again.`)
    const directory = Buffer.alloc(tail.readUInt32LE(at + 12))
    await handle.read(directory, 0, directory.length, tail.readUInt32LE(at + 16))

    const entries = []
    for (let p = 0; p < directory.length;) {
      if (directory.readUInt32LE(p) !== DIRECTORY_ENTRY) throw new SetupError(`${file} has a damaged directory; delete it and run set-up again.`)
      const nameLength = directory.readUInt16LE(p + 28)
      const headerAt = directory.readUInt32LE(p + 42)
      const localHeader = Buffer.alloc(30)
      await handle.read(localHeader, 0, 30, headerAt)
      entries.push({
        name: directory.toString('utf8', p + 46, p + 46 + nameLength),
        deflated: directory.readUInt16LE(p + 10) === 8,
        packedBytes: directory.readUInt32LE(p + 20),
        mode: (directory.readUInt32LE(p + 38) >>> 16) & 0o777,
        dataAt: headerAt + 30 + localHeader.readUInt16LE(26) + localHeader.readUInt16LE(28),
      })
      p += 46 + nameLength + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32)
    }
    return entries
  } finally {
    await handle.close()
  }
}

/**
 * Unpacks those files of an archive that `place` gives a path (relative to `folder`); undefined leaves one out.
 * Needs no unzip program and no Python. The archive's own checksum has been verified before.
 */
export async function unzip(file, folder, place) {
  for (const entry of await readDirectory(file)) {
    const path = entry.name.endsWith('/') ? undefined : place(entry.name)
    if (path === undefined) continue
    const to = resolve(folder, path)
    if (!to.startsWith(resolve(folder) + sep)) throw new SetupError(`${file} wants to write outside its folder (${entry.name}).`)
    mkdirSync(dirname(to), { recursive: true })
    const out = createWriteStream(to, { mode: entry.mode || 0o644 })
    if (entry.packedBytes === 0) {
      out.end()
      continue
    }
    const packed = createReadStream(file, { start: entry.dataAt, end: entry.dataAt + entry.packedBytes - 1, highWaterMark: 1 << 20 })
    await (entry.deflated ? pipeline(packed, createInflateRaw({ chunkSize: 1 << 20 }), out) : pipeline(packed, out))
  }
}

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { openPromise } from 'yauzl'
import { ZipFile } from 'yazl'
import { MANIFEST, type Manifest } from '../bundle-format'

export interface Packed {
  readonly bytes: Buffer
  readonly compress?: boolean
  readonly mode?: number
}

/** Files of an archive by name. */
export async function filesIn(file: string): Promise<Map<string, Packed>> {
  const zip = await openPromise(file)
  const files = new Map<string, Packed>()
  for await (const entry of zip.eachEntry()) {
    const bytes = await buffer(await zip.openReadStreamPromise(entry))
    files.set(entry.fileName, { bytes, compress: entry.compressionMethod !== 0 })
  }
  return files
}

export async function manifestIn(file: string): Promise<Manifest> {
  return JSON.parse(String((await filesIn(file)).get(MANIFEST)?.bytes)) as Manifest
}

/** Writes an archive with these files as they are, whatever they claim. */
export async function writeArchive(file: string, files: Iterable<readonly [string, Packed]>): Promise<void> {
  const zip = new ZipFile()
  for (const [name, { bytes, compress = true, mode = 0o100644 }] of files) zip.addBuffer(bytes, name, { compress, mode })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(file))
}

/** A copy of a bundle in which files are others, with a manifest that agrees with them: what somebody could make who means harm. */
export async function forge(
  from: string,
  to: string,
  change: (files: Map<string, Packed>) => void,
  claimedSizes: Readonly<Record<string, number>> = {},
): Promise<void> {
  const files = await filesIn(from)
  const manifest = await manifestIn(from)
  files.delete(MANIFEST)
  change(files)
  const facts = [...files].map(([name, { bytes }]) => ({
    name,
    size: claimedSizes[name] ?? bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))
  await writeArchive(to, [...files, [MANIFEST, { bytes: Buffer.from(JSON.stringify({ ...manifest, files: facts })) }]])
}

/** A copy in which one bit in the middle of a file's packed bytes is another. */
export async function flipBit(from: string, to: string, name: string): Promise<void> {
  const zip = await openPromise(from, { autoClose: false })
  const bytes = await readFile(from)
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== name) continue
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
    const at = fileDataStart + Math.floor(entry.compressedSize / 2)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at)
  }
  zip.close()
  await writeFile(to, bytes)
}

const [PACKED_AT, UNPACKED_AT, NAME_AT] = [20, 24, 46]

/** Writes other sizes into the archive's own list of files. */
export async function claimSizes(file: string, name: string, sizes: { readonly packed?: number; readonly unpacked: number }): Promise<void> {
  const bytes = await readFile(file)
  const entry = bytes.lastIndexOf(name) - NAME_AT
  if (sizes.packed !== undefined) bytes.writeUInt32LE(sizes.packed, entry + PACKED_AT)
  bytes.writeUInt32LE(sizes.unpacked, entry + UNPACKED_AT)
  await writeFile(file, bytes)
}

/** A copy in which a name is another of the same length, everywhere in the archive. */
export async function renameIn(from: string, to: string, name: string, other: string): Promise<void> {
  if (name.length !== other.length) throw new RangeError('names of one length are needed')
  await writeFile(to, Buffer.from((await readFile(from)).toString('latin1').replaceAll(name, other), 'latin1'))
}

import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { StudioError } from '../../contract/errors'
import {
  BUNDLE_VERSION,
  entryKind,
  type EntryKind,
  type FileFact,
  Manifest,
  MANIFEST,
  MANIFEST_BYTES,
  MAX_ENTRIES,
  MAX_UNPACKED_BYTES,
} from './bundle-format'

/** A bundle whose list of files is consistent. Nothing of their content has been looked at yet. */
export interface BundleArchive {
  readonly manifest: Manifest
  /** Of the archive itself. */
  readonly sizeBytes: number
  readonly files: readonly (FileFact & { readonly kind: EntryKind })[]
  /** The bytes of a file; more than were announced are an error. */
  open(name: string): Promise<Readable>
  close(): void
}

export const damaged = (what: string, cause?: unknown): StudioError =>
  new StudioError('DATA_CORRUPT', `The bundle is damaged: ${what}. Nothing was imported; have it sent again.`, { cause })
export const refused = (what: string): StudioError =>
  new StudioError('DATA_CORRUPT', `This file is refused: ${what}. Nothing was imported; export the runs again with FracBits Studio.`)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const FILE_TYPE = 0o170000
const REGULAR = 0o100000

/** Opens a bundle and checks its names, sizes and manifest. Rejects with NOT_FOUND, DATA_CORRUPT, PROTOCOL_MISMATCH. */
export async function openBundle(file: string): Promise<BundleArchive> {
  const size = await sizeOf(file)
  // With strict names a backslash is no separator in disguise; yauzl itself refuses absolute names and those with "..".
  const zip = await openPromise(file, { autoClose: false, strictFileNames: true, validateEntrySizes: true }).catch((error: unknown) => {
    throw damaged(`it is no whole zip archive (${messageOf(error)})`, error)
  })
  try {
    const entries = await entriesOf(zip, size)
    const open = async (name: string): Promise<Readable> => {
      const entry = entries.get(name)
      if (entry === undefined) throw damaged(`${name} is missing`)
      return zip.openReadStreamPromise(entry).catch((error: unknown) => {
        throw damaged(`${name} can't be read (${messageOf(error)})`, error)
      })
    }
    const manifest = await readManifest(entries.get(MANIFEST), () => open(MANIFEST))
    return { manifest, sizeBytes: size, files: checkFiles(manifest, entries), open, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new StudioError(
      'NOT_FOUND',
      `${file} can't be opened (${messageOf(cause)}). Choose a bundle: a .fracbits or .zip file that FracBits Studio has written.`,
      { cause },
    )
  })
  if (!found.isFile())
    throw new StudioError('BAD_INPUT', `${file} is no file. Choose a bundle: a .fracbits or .zip file that FracBits Studio has written.`)
  return found.size
}

/** Entries by name. What is announced is limited before a byte is unpacked, and entries that share bytes of the archive are refused. */
async function entriesOf(zip: ZipFile, archiveBytes: number): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) throw refused(`it holds ${zip.entryCount} files`)
  const entries = new Map<string, Entry>()
  const lowerCase = new Set<string>()
  let [packed, unpacked] = [0, 0]
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      const kind = name === MANIFEST ? { maxBytes: MANIFEST_BYTES, stored: false } : entryKind(name)
      if (kind === null) throw refused(`"${name}" is nothing that a bundle holds`)
      if (lowerCase.has(name.toLowerCase())) throw refused(`"${name}" stands twice in it`)
      const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE
      if (type !== 0 && type !== REGULAR) throw refused(`"${name}" is a link or a device`)
      if (entry.isEncrypted()) throw refused(`"${name}" is encrypted`)
      if (kind.stored && entry.compressionMethod !== 0) throw refused(`"${name}" is compressed, which checkpoints of a bundle never are`)
      packed += entry.compressedSize
      if (entry.compressionMethod !== 0) unpacked += entry.uncompressedSize
      if (entry.uncompressedSize > kind.maxBytes || unpacked > MAX_UNPACKED_BYTES)
        throw refused(`"${name}" would unpack to ${entry.uncompressedSize} bytes`)
      if (packed > archiveBytes) throw refused('its files lie over one another')
      lowerCase.add(name.toLowerCase())
      entries.set(name, entry)
    }
  } catch (error) {
    if (error instanceof StudioError) throw error
    throw damaged(`its list of files can't be read (${messageOf(error)})`, error)
  }
  return entries
}

async function readManifest(entry: Entry | undefined, open: () => Promise<Readable>): Promise<Manifest> {
  if (entry === undefined) throw refused(`it has no ${MANIFEST}, so it is no bundle`)
  let value: unknown
  try {
    const chunks: Buffer[] = []
    for await (const chunk of await open()) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    if (crc32(bytes) !== entry.crc32) throw new RangeError('its checksum does not fit')
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw damaged(`${MANIFEST} can't be read (${messageOf(error)})`, error)
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null
  if (typeof version === 'number' && version > BUNDLE_VERSION)
    throw new StudioError(
      'PROTOCOL_MISMATCH',
      `This bundle was written by a newer FracBits Studio (format ${version}; this one reads up to ${BUNDLE_VERSION}). Update this one.`,
    )
  const manifest = Manifest.safeParse(value)
  if (!manifest.success) {
    const [issue] = manifest.error.issues
    throw refused(`its ${MANIFEST} is not one of a bundle (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`)
  }
  return manifest.data
}

/** Files and manifest have to name the same, once each, and every run what it is made of. */
function checkFiles(manifest: Manifest, entries: ReadonlyMap<string, Entry>): BundleArchive['files'] {
  const runIds = new Set(manifest.runs.map(({ id }) => id))
  if (runIds.size < manifest.runs.length) throw refused('a run stands twice in it')
  const names = new Set(manifest.files.map(({ name }) => name))
  if (names.size < manifest.files.length) throw refused('a file stands twice in its manifest')
  const files = manifest.files.map((fact) => {
    const [entry, kind] = [entries.get(fact.name), entryKind(fact.name)]
    if (entry === undefined) throw damaged(`${fact.name} is missing`)
    if (kind === null || !runIds.has(kind.runId)) throw refused(`"${fact.name}" belongs to no run of it`)
    if (entry.uncompressedSize !== fact.size) throw damaged(`${fact.name} has not the size that was written`)
    return { ...fact, kind }
  })
  for (const name of entries.keys()) if (name !== MANIFEST && !names.has(name)) throw refused(`"${name}" does not stand in its manifest`)
  return files
}

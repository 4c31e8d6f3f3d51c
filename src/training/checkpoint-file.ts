import { createHash } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StudioError } from '../contract/errors'
import { decodeHeader, encodeHeader, type SafetensorsHeader } from '../models/weights/safetensors-header'

/** Tensors in PyTorch's layout under their state-dict names. */
export type CheckpointTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>

export interface CheckpointContent {
  readonly tensors: CheckpointTensors
  /** Texts stored beside the tensors; structured values are JSON. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Raised when what the metadata means changes incompatibly; files of another program carry no number. */
const FORMAT = 1
const FORMAT_KEY = 'fracbits_format'
const MAX_FILE_BYTES = 2_000_000_000
/** PyTorch counts batches in 64-bit integers; nothing here needs them. */
const IGNORED = /(^|\.)num_batches_tracked$/

/**
 * Writes a `.safetensors` file so that after a crash at any moment either the old file or the whole new one is there.
 * Throws DISK_FULL when there is no room; nothing is left behind then.
 */
export async function writeCheckpoint(
  file: string,
  tensors: CheckpointTensors,
  metadata: Readonly<Record<string, string>>,
): Promise<{ sizeBytes: number; sha256: string }> {
  for (const [name, { shape, data }] of tensors)
    if (data.length !== shape.reduce((product, size) => product * size, 1))
      throw new RangeError(`"${name}" has ${data.length} values for the shape [${shape.join(', ')}]`)
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]))
  const parts = [
    encodeHeader(shapes, { ...metadata, [FORMAT_KEY]: String(FORMAT) }),
    ...[...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0)
  const hash = createHash('sha256')
  const part = `${file}.part`
  try {
    const handle = await open(part, 'w')
    try {
      for (const bytes of parts) {
        hash.update(bytes)
        await handle.writeFile(bytes)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(part, file)
    await syncFolder(dirname(file))
  } catch (cause) {
    await rm(part, { force: true })
    throw writeError(file, sizeBytes, cause)
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/**
 * Reads a `.safetensors` file of float32 tensors and checks all of it, and its sha256 where one is given.
 * Throws NOT_FOUND, CHECKPOINT_CORRUPT, or CHECKPOINT_MISMATCH for a file of a newer version.
 */
export async function readCheckpoint(file: string, { sha256 }: { sha256?: string | undefined } = {}): Promise<CheckpointContent> {
  const bytes = await readWhole(file)
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw corrupt(file, 'it is not what was written (its sha256 differs from the recorded one)')
  let header: SafetensorsHeader
  try {
    header = decodeHeader(bytes)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw corrupt(file, cause.message, cause)
  }
  const version = header.metadata[FORMAT_KEY]
  if (version !== undefined && version !== String(FORMAT))
    throw new StudioError(
      'CHECKPOINT_MISMATCH',
      `The checkpoint ${file} has format ${version}, this version reads format ${FORMAT}. Update the application.`,
    )
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
  for (const [name, { dtype, shape, begin, end }] of header.tensors) {
    if (IGNORED.test(name)) continue
    if (dtype !== 'F32') throw corrupt(file, `the tensor "${name}" is ${dtype}, only F32 can be read`)
    const data = new Float32Array((end - begin) / 4)
    new Uint8Array(data.buffer).set(bytes.subarray(header.dataStart + begin, header.dataStart + end))
    tensors.set(name, { shape, data })
  }
  return { tensors, metadata: header.metadata }
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) throw corrupt(file, `it has ${size} bytes, more than any checkpoint`)
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof StudioError) throw cause
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('NOT_FOUND', `The checkpoint ${file} cannot be read: ${detail}. Choose another checkpoint, or put the file back.`, {
      cause,
    })
  }
}

/** Makes the rename durable. Windows cannot open folders, and its file system keeps order by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The disk, the person's quota, or a limit on the size of files. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG']

function writeError(file: string, sizeBytes: number, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (!NO_ROOM.some((one) => one === code)) return cause
  const megabytes = Math.ceil(sizeBytes / 1e6)
  if (code === 'EFBIG')
    return new StudioError(
      'DISK_FULL',
      `The checkpoint ${file} with its ${megabytes} MB is larger than a file may be here. Raise the limit (ulimit -f) and resume the run; the checkpoint before this one is kept.`,
      { cause },
    )
  return new StudioError(
    'DISK_FULL',
    `The disk is full: the checkpoint ${file} needs ${megabytes} MB. Free some space and resume the run; the checkpoint before this one is kept.`,
    { cause },
  )
}

function corrupt(file: string, what: string, cause?: unknown): StudioError {
  const message = `The checkpoint ${file} is damaged: ${what}. Choose an earlier checkpoint, or start the run again.`
  return new StudioError('CHECKPOINT_CORRUPT', message, cause === undefined ? {} : { cause })
}

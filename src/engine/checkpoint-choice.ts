import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Checkpoint, RunPhase } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { sha256OfFile } from '../util/file-hash'

/** What a new trainer goes on from. */
export type Found = Pick<Checkpoint, 'step' | 'phase' | 'file' | 'sha256'>

export interface Choice {
  readonly checkpoint: Found | null
  /** A sentence for each recorded checkpoint that can't be used. */
  readonly complaints: readonly string[]
  /** The chosen file had no record: the database is older than it, and points between are missing. */
  readonly unrecorded: Omit<Checkpoint, 'id' | 'runId'> | null
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Nothing may be decided about files that are out of reach only for now, such as those on a network drive. */
const unreachable = (path: string, cause: unknown): StudioError =>
  new StudioError(
    'CONFLICT',
    `${path} can't be read (${cause instanceof Error ? cause.message : String(cause)}). Connect its drive or correct its permissions, then resume; everything recorded so far is kept.`,
    { cause },
  )

async function requireFolder(folder: string): Promise<void> {
  try {
    await readdir(folder)
  } catch (error) {
    throw unreachable(`The run's folder ${folder}`, error)
  }
}

/** Why a checkpoint is of no use, or null. Rejects with CONFLICT when that can't be found out. */
async function problemOf(path: string, sha256: string): Promise<'missing' | 'damaged' | null> {
  try {
    return (await sha256OfFile(path)) === sha256 ? null : 'damaged'
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'missing'
    throw unreachable(`The checkpoint ${path}`, error)
  }
}

/** Keeps a damaged file under another name, so that the run can write a good one in its place. */
async function setAside(path: string): Promise<string> {
  try {
    await rename(path, `${path}.damaged`)
    return `; the file is kept as ${path}.damaged`
  } catch (error) {
    return `; it could not be set aside (${error instanceof Error ? error.message : String(error)})`
  }
}

/** The newest recorded checkpoint whose file is what was written, or null; changes nothing. Rejects with CONFLICT when the files are out of reach. */
export async function newestUsable(folder: string, recorded: readonly Checkpoint[]): Promise<Checkpoint | null> {
  for (const checkpoint of recorded) if ((await problemOf(join(folder, checkpoint.file), checkpoint.sha256)) === null) return checkpoint
  return null
}

const Header = z.object({ __metadata__: z.object({ run: z.string() }) })
const Saved = z.object({ phase: RunPhase })
const MAX_HEADER_BYTES = 100_000_000

/** The phase that a checkpoint file names in its header, or null for anything else. */
export async function checkpointHeaderPhase(path: string): Promise<RunPhase | null> {
  const handle = await open(path, 'r')
  try {
    const prefix = Buffer.alloc(8)
    const { bytesRead } = await handle.read(prefix, 0, 8, 0)
    const length = Number(bytesRead === 8 ? prefix.readBigUInt64LE() : 0n)
    if (length === 0 || length > MAX_HEADER_BYTES || length > (await handle.stat()).size) return null
    const text = Buffer.alloc(length)
    await handle.read(text, 0, length, 8)
    return Saved.parse(JSON.parse(Header.parse(JSON.parse(text.toString('utf8'))).__metadata__.run)).phase
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) return null
    throw error
  } finally {
    await handle.close()
  }
}

/** The newest complete checkpoint file that no record knows: left when the database was replaced by an older copy. */
async function newestUnrecorded(folder: string, recorded: ReadonlySet<string>): Promise<Choice['unrecorded']> {
  const names = await readdir(join(folder, 'checkpoints')).catch(() => [])
  const candidates = names.filter((name) => /^step-\d+\.safetensors$/.test(name) && !recorded.has(`checkpoints/${name}`)).sort()
  for (const name of candidates.toReversed()) {
    const path = join(folder, 'checkpoints', name)
    const phase = await checkpointHeaderPhase(path)
    if (phase === null) continue
    // The only one may be the first, written in the moment in which everything was killed: starting again loses next to nothing then.
    if (recorded.size === 0 && candidates.length === 1) return null
    const { size, mtimeMs } = await stat(path)
    const step = Number(/\d+/.exec(name)?.[0])
    return { step, phase, file: `checkpoints/${name}`, sha256: await sha256OfFile(path), sizeBytes: size, createdAt: Math.round(mtimeMs) }
  }
  return null
}

async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(join(folder, 'checkpoints')).catch(() => [])
  for (const name of names) if (name.endsWith('.part')) await rm(join(folder, 'checkpoints', name), { force: true })
}

/**
 * The newest recorded checkpoint whose file is what was written; damaged ones before it are set aside. When none is left, the newest file
 * without a record. Rejects with CONFLICT when the files are out of reach: a run must not start again from nothing because a drive is away.
 */
export async function chooseCheckpoint(folder: string, recorded: readonly Checkpoint[]): Promise<Choice> {
  await requireFolder(folder)
  await removeUnfinished(folder)
  const complaints: string[] = []
  for (const checkpoint of recorded) {
    const path = join(folder, checkpoint.file)
    const problem = await problemOf(path, checkpoint.sha256)
    if (problem === null) return { checkpoint, complaints, unrecorded: null }
    const what = problem === 'missing' ? 'the file is missing' : `its content is not what was written${await setAside(path)}`
    complaints.push(`The checkpoint ${checkpoint.file} of step ${checkpoint.step} is left out: ${what}.`)
  }
  const unrecorded = await newestUnrecorded(folder, new Set(recorded.map(({ file }) => file)))
  return { checkpoint: unrecorded, complaints, unrecorded }
}

import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../contract/errors'
import { exists } from '../../util/exists'
import { sha256OfFile } from '../../util/file-hash'
import type { Wheel } from './catalogue'
import { findWheel, headersFor, reasonOf, unreachable } from './find-wheel'
import type { IndexAddress } from './index-address'

/** A line may break in a download of gigabytes: as long as each try gets further, another one follows at once, so many times. */
const TRIES = 5
const PARTIAL = 206
const RANGE_NOT_SATISFIABLE = 416

export interface FetchOptions {
  readonly wheel: Wheel
  /** Folder for it; an unfinished one lies there as `FILE.part` and is gone on with. */
  readonly folder: string
  readonly index: IndexAddress
  readonly signal: AbortSignal
  onProgress(stage: 'fetching' | 'checking', bytes: number): void
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

/** Bytes of a wheel that are here already. */
export const fetchedOf = async (wheel: Wheel, folder: string): Promise<number> =>
  Math.min(wheel.bytes, Math.max(await sizeOf(join(folder, wheel.file)), await sizeOf(join(folder, `${wheel.file}.part`))))

/**
 * Fetches a wheel, or goes on fetching it, and returns its path. It has its final name only once its sha256 is the pinned one; a wrong one is thrown
 * away (DATA_CORRUPT). Rejects with RUNTIME_MISSING where the network fails, DISK_FULL, and with the signal's reason.
 */
export async function fetchWheel({ wheel, folder, index, signal, onProgress }: FetchOptions): Promise<string> {
  const whole = join(folder, wheel.file)
  if (await exists(whole)) return whole
  const part = `${whole}.part`
  let size = await sizeOf(part)
  for (let tries = 1; size < wheel.bytes; tries++) {
    const before = size
    try {
      size = await goOn({ wheel, part, from: size, index, signal, onProgress })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof StudioError) throw error
      size = await sizeOf(part)
      if (tries >= TRIES || size <= before) throw unreachable(`Fetching ${wheel.file} broke off (${reasonOf(error)}).`, error)
    }
  }
  onProgress('checking', wheel.bytes)
  if (size !== wheel.bytes || (await sha256OfFile(part)) !== wheel.sha256) {
    await rm(part, { force: true })
    throw new StudioError(
      'DATA_CORRUPT',
      `The ${wheel.file} that was offered is not the pinned one (size or sha256 differ) and was thrown away. Check which package index is used, and install again.`,
    )
  }
  await rename(part, whole)
  return whole
}

/** One request; appends what comes. Returns the size reached, which falls short where the server ends early. */
async function goOn({ wheel, part, from, index, signal, onProgress }: Omit<FetchOptions, 'folder'> & { part: string; from: number }): Promise<number> {
  const address = await findWheel(wheel, index, signal)
  const response = await fetch(address, {
    headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}), ...headersFor(address, index) },
    signal,
  })
  if (response.status === RANGE_NOT_SATISFIABLE) {
    await rm(part, { force: true })
    throw new Error('the server has a shorter file')
  }
  if (!response.ok || response.body === null) throw unreachable(`${new URL(address).host} does not give out ${wheel.file} (it answered ${response.status}).`)
  const resumes = response.status === PARTIAL && response.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true
  const handle = await open(part, resumes ? 'a' : 'w')
  let size = resumes ? from : 0
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (size + chunk.length > wheel.bytes) return wheel.bytes + 1
      await handle.writeFile(chunk)
      size += chunk.length
      onProgress('fetching', size)
    }
    await handle.sync()
    if (size < wheel.bytes) throw new Error('the server ended it early')
    return size
  } catch (error) {
    throw isFull(error) ? full(part, error) : error
  } finally {
    await handle.close()
  }
}

export const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
export const full = (place: string, cause?: unknown): StudioError =>
  new StudioError('DISK_FULL', `The disk that holds ${place} has no room for the runtime. Free some space, or set FRACBITS_CACHE to a folder on another disk, and install again.`, { cause })

import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { RuntimeProgress } from '../../contract/runtimes'
import { syncFolder, writeFileAtomic } from '../../util/atomic-write'
import { exists } from '../../util/exists'
import { downloadBytes, type RuntimeManifest, type Wheel } from './catalogue'
import { fetchedOf, fetchWheel, full } from './fetch-wheel'
import type { IndexAddress } from './index-address'
import { unpackWheel } from './unpack-wheel'

/** Says in an installed runtime's folder what it is. */
export const MANIFEST_FILE = 'runtime.json'

/** Where an unfinished runtime grows: what is unpacked lies in `content`, which becomes the runtime's folder. */
export const unfinishedFolder = (folder: string, name: string): string => join(folder, `${name}.part`)
const content = (part: string): string => join(part, 'content')
const mark = (part: string, { sha256 }: Wheel): string => join(part, `${sha256}.unpacked`)

export interface InstallOptions {
  readonly manifest: RuntimeManifest
  /** Folder of all runtimes. */
  readonly folder: string
  readonly index: IndexAddress
  readonly signal: AbortSignal
  onProgress(progress: RuntimeProgress): void
}

/** Bytes of a runtime's download that are here, unpacked ones included. */
export async function fetchedBytes(manifest: RuntimeManifest, folder: string): Promise<number> {
  const part = unfinishedFolder(folder, manifest.name)
  if (!(await exists(part))) return 0
  const each = manifest.wheels.map(async (wheel) => ((await exists(mark(part, wheel))) ? wheel.bytes : fetchedOf(wheel, part)))
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0)
}

/**
 * Fetches, checks and unpacks the wheels one after the other (a wheel is removed once it is unpacked), then names the folder: a runtime is there
 * whole or not at all. What an interrupted try has left is gone on with. Rejects as `fetchWheel` and `unpackWheel` do.
 */
export async function installRuntime({ manifest, folder, index, signal, onProgress }: InstallOptions): Promise<void> {
  const part = unfinishedFolder(folder, manifest.name)
  await mkdir(content(part), { recursive: true })
  await requireRoom(manifest, folder)
  const total = downloadBytes(manifest)
  let done = 0
  for (const wheel of manifest.wheels) {
    if (!(await exists(mark(part, wheel)))) {
      const told = (stage: RuntimeProgress['stage'], bytes: number): void => onProgress({ stage, file: wheel.file, done: done + bytes, total })
      const file = await fetchWheel({ wheel, folder: part, index, signal, onProgress: told })
      told('unpacking', wheel.bytes)
      await unpackWheel(file, wheel, content(part), signal)
      await writeFileAtomic(mark(part, wheel), '')
      await rm(file, { force: true })
    }
    done += wheel.bytes
  }
  signal.throwIfAborted()
  await writeFileAtomic(join(content(part), MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(content(part), join(folder, manifest.name))
  await syncFolder(folder)
  await rm(part, { recursive: true, force: true })
}

/** Told before the first byte: room for what is still to be unpacked, and for the largest wheel beside it. */
async function requireRoom(manifest: RuntimeManifest, folder: string): Promise<void> {
  const part = unfinishedFolder(folder, manifest.name)
  const left = (await Promise.all(manifest.wheels.map(async (wheel) => ((await exists(mark(part, wheel))) ? 0 : wheel.bytes)))).filter((bytes) => bytes > 0)
  const share = left.reduce((sum, bytes) => sum + bytes, 0) / downloadBytes(manifest)
  const { bavail, bsize, blocks } = await statfs(folder)
  if (blocks > 0 && bavail * bsize < share * manifest.unpacked_bytes + Math.max(0, ...left)) throw full(folder)
}

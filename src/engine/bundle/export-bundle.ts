import { isAbsolute } from 'node:path'
import type { BundleCheckpoints, BundledComparison, BundleFile } from '../../contract/bundles'
import { StudioError } from '../../contract/errors'
import type { RunRecord } from '../../store/repositories/runs'
import type { Store } from '../../store/store'
import { BUNDLE_FORMAT, BUNDLE_VERSION, ENDED, entryKind, entryName, MANIFEST, type Manifest } from './bundle-format'
import { chosenCheckpoints, runContents } from './run-contents'
import { writeZip, type ZipContent } from './zip-writer'

interface Wanted {
  readonly runIds: readonly string[]
  readonly file: string
  readonly checkpoints: BundleCheckpoints
  readonly comparison: BundledComparison | null
}

/** Writes runs into one archive. Rejects with NOT_FOUND, CONFLICT (one has not ended), CHECKPOINT_CORRUPT, BAD_INPUT, DISK_FULL. */
export async function exportBundle(
  { store, appVersion, now }: { readonly store: Store; readonly appVersion: string; readonly now: () => number },
  wanted: Wanted,
): Promise<BundleFile> {
  const { file, comparison } = wanted
  if (!isAbsolute(file)) throw new StudioError('BAD_INPUT', `"${file}" is not an absolute path. Name the whole path of the file.`)
  const runs: RunRecord[] = []
  for (const runId of new Set(wanted.runIds)) runs.push(requireEnded(await store.runs.get(runId)))
  const contents: ZipContent[] = []
  /** sha256 of checkpoints as they were written, by name in the archive. */
  const expected = new Map<string, { sha256: string; run: RunRecord }>()
  for (const run of runs) {
    const checkpoints = await chosenCheckpoints(store, run, wanted.checkpoints)
    for (const { file: path, sha256 } of checkpoints) expected.set(entryName(run.id, path), { sha256, run })
    contents.push(...(await runContents(store, run, checkpoints)))
  }
  const createdAt = now()
  const text = (files: Manifest['files']): string => {
    for (const { name, size, sha256 } of files) {
      const checkpoint = expected.get(name)
      if (checkpoint !== undefined && checkpoint.sha256 !== sha256) throw damagedCheckpoint(checkpoint.run, name)
      if (size > (entryKind(name)?.maxBytes ?? 0)) throw new StudioError('BAD_INPUT', `${name} is larger than a bundle may hold. Leave this run out.`)
    }
    const manifest: Manifest = {
      format: BUNDLE_FORMAT,
      version: BUNDLE_VERSION,
      appVersion,
      createdAt,
      runs: runs.map(({ id, name }) => ({ id, name })),
      comparison,
      files,
    }
    return JSON.stringify(manifest, null, 1)
  }
  const written = await writeZip(file, contents, { name: MANIFEST, text: (facts) => text([...facts]) }, new Date(createdAt)).catch(
    (error: unknown) => {
      throw explained(error, file)
    },
  )
  return { file, ...written, runs: runs.length, checkpoints: expected.size }
}

function requireEnded(run: RunRecord): RunRecord {
  if (ENDED.some((status) => status === run.status)) return run
  throw new StudioError('CONFLICT', `"${run.name}" is ${run.status}. Export it when it has ended, or stop it first.`)
}

const damagedCheckpoint = (run: RunRecord, name: string): StudioError =>
  new StudioError(
    'CHECKPOINT_CORRUPT',
    `The checkpoint ${name.slice(entryName(run.id, '').length)} of "${run.name}" is not what was written. Export the run with its newest checkpoint alone, or without.`,
  )

function explained(error: unknown, file: string): unknown {
  if (error instanceof StudioError || !(error instanceof Error && 'code' in error)) return error
  const { code, message } = error
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StudioError('DISK_FULL', `The disk is full: ${file} can't be written. Free some space, or choose another place.`, { cause: error })
  return new StudioError(
    'CONFLICT',
    `The bundle ${file} can't be written (${message}). Choose another place, or look whether the runs' files are still there.`,
    { cause: error },
  )
}

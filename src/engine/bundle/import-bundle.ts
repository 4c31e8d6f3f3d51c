import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { MAX_DEPTH, tooDeepAt } from '../../config/text-depth'
import type { RunSummary } from '../../contract/entities'
import type { ImportedBundle } from '../../contract/bundles'
import { StudioError } from '../../contract/errors'
import type { Store } from '../../store/store'
import { syncFolder } from '../../util/atomic-write'
import { exists } from '../../util/exists'
import { type BundleArchive, openBundle, refused } from './bundle-archive'
import { BundledRun, entryName, type Manifest } from './bundle-format'
import { readJson } from './json-lines'
import { REQUIRED_FILES, runFolder, storeRun, TRANSPORT_FILES } from './store-run'
import { unpackBundle, unpackedPath } from './unpack-bundle'

export interface ImportDeps {
  readonly store: Store
  readonly workspace: string
  readonly now: () => number
}

const STAGING = '.importing-'

/**
 * Takes the runs of a bundle in. Everything is unpacked beside the runs' folders and compared with the manifest first; then the folders are moved
 * and one transaction stores all. Whatever goes wrong, nothing is left. Must not run twice at a time: what an import that was killed left is removed.
 */
export async function importBundle(deps: ImportDeps, file: string): Promise<ImportedBundle & { readonly summaries: readonly RunSummary[] }> {
  if (!isAbsolute(file)) throw new StudioError('BAD_INPUT', `"${file}" is not an absolute path. Name the whole path of the file.`)
  const archive = await openBundle(file)
  const home = join(deps.workspace, 'runs')
  const staging = join(home, `${STAGING}${randomBytes(6).toString('hex')}`)
  try {
    await refuseKnown(deps, archive.manifest)
    await removeLeftovers(home)
    await mkdir(staging, { recursive: true })
    await unpackBundle(archive, staging)
    const runs: BundledRun[] = []
    for (const { id } of archive.manifest.runs) runs.push(await readRun(archive, staging, id))
    const comparison = await store(deps, archive.manifest, runs, staging)
    return {
      runs: runs.map(({ id, name }) => ({ id, name })),
      checkpoints: runs.reduce((sum, { checkpoints }) => sum + checkpoints.length, 0),
      comparison,
      summaries: runs,
    }
  } finally {
    archive.close()
    await rm(staging, { recursive: true, force: true })
  }
}

async function refuseKnown({ store, workspace }: ImportDeps, { runs }: Manifest): Promise<void> {
  for (const { id } of runs) {
    const known = await store.runs.find(id)
    if (known !== null)
      throw new StudioError(
        'CONFLICT',
        `The run "${known.name}" (${id}) is in this workspace already, so nothing was imported; to take it from the bundle, delete it for good first.`,
      )
    if (await exists(runFolder(workspace, id)))
      throw new StudioError(
        'CONFLICT',
        `The folder ${runFolder(workspace, id)} is there already though its run is not, so nothing was imported; move it away and try again.`,
      )
  }
}

async function removeLeftovers(home: string): Promise<void> {
  const names = await readdir(home).catch(() => [])
  for (const name of names) if (name.startsWith(STAGING)) await rm(join(home, name), { recursive: true, force: true })
}

/** What a run's own file says has to fit the files that came with it. */
async function readRun({ files }: BundleArchive, staging: string, id: string): Promise<BundledRun> {
  const own = new Map(files.filter(({ kind }) => kind.runId === id).map((file) => [file.kind.path, file]))
  for (const path of REQUIRED_FILES) if (!own.has(path)) throw refused(`${entryName(id, path)} is missing`)
  const name = entryName(id, 'run.json')
  const run = await readJson(unpackedPath(staging, id, 'run.json'), BundledRun, name)
  if (run.id !== id) throw refused(`${name} is that of another run`)
  if (typeof run.config !== 'object' || run.config === null) throw refused(`${name} has no configuration`)
  if (tooDeepAt(JSON.stringify(run.config)) !== null) throw refused(`the configuration in ${name} nests deeper than ${MAX_DEPTH} levels`)
  for (const { file, sha256, sizeBytes } of run.checkpoints) {
    const found = own.get(file)
    if (found?.sha256 !== sha256 || found.size !== sizeBytes) throw refused(`${name} names the checkpoint ${file}, which is not the one in it`)
  }
  const recorded = new Set(run.checkpoints.map(({ file }) => file))
  for (const { kind } of own.values())
    if (kind.stored && !recorded.has(kind.path)) throw refused(`${entryName(id, kind.path)} is a checkpoint that no run names`)
  return run
}

/** Folders first: a record without its folder would be worse than a folder without a record, which the next try names. */
async function store(deps: ImportDeps, manifest: Manifest, runs: readonly BundledRun[], staging: string): Promise<string | null> {
  const importedAt = deps.now()
  const moved: string[] = []
  try {
    return await deps.store.transaction(async (transaction) => {
      for (const run of runs) {
        const folder = runFolder(deps.workspace, run.id)
        await storeRun(deps.store, transaction, { run, staging, folder, importedAt, appVersion: manifest.appVersion })
        for (const path of TRANSPORT_FILES) await rm(unpackedPath(staging, run.id, path), { force: true })
        await mkdir(join(staging, run.id, 'checkpoints'), { recursive: true })
        await rename(join(staging, run.id), folder)
        moved.push(folder)
      }
      await syncFolder(join(deps.workspace, 'runs'))
      return saveComparison(deps, transaction, manifest, importedAt)
    })
  } catch (error) {
    for (const folder of moved) await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Under its name, or with a number where the workspace has another of that name. */
async function saveComparison(
  { store }: ImportDeps,
  transaction: Parameters<Parameters<Store['transaction']>[0]>[0],
  { comparison }: Manifest,
  updatedAt: number,
): Promise<string | null> {
  if (comparison === null) return null
  const taken = new Set((await store.views.list('comparison')).map(({ name }) => name))
  const names = [comparison.name, ...Array.from({ length: taken.size + 1 }, (_, index) => `${comparison.name.slice(0, 70)} (${index + 2})`)]
  const name = names.find((one) => !taken.has(one)) ?? comparison.name
  await store.views.save(transaction, { kind: 'comparison', name, state: comparison.state, updatedAt })
  return name
}

import { isAbsolute } from 'node:path'
import type { BundleContents } from '../../contract/bundles'
import { StudioError } from '../../contract/errors'
import type { Store } from '../../store/store'
import { openBundle } from './bundle-archive'

/** What a bundle says that it holds: its manifest agrees with its list of files, and no file of a run was looked at. Errors as {@link openBundle}. */
export async function bundleContents(store: Store, file: string): Promise<BundleContents> {
  if (!isAbsolute(file)) throw new StudioError('BAD_INPUT', `"${file}" is not an absolute path. Name the whole path of the file.`)
  const { manifest, sizeBytes, files, close } = await openBundle(file)
  close()
  const runs: BundleContents['runs'] = []
  for (const { id, name } of manifest.runs) runs.push({ id, name, isHere: (await store.runs.find(id)) !== null })
  return {
    runs,
    checkpoints: files.filter(({ kind }) => kind.path.startsWith('checkpoints/')).length,
    comparison: manifest.comparison?.name ?? null,
    sizeBytes,
    createdAt: manifest.createdAt,
    appVersion: manifest.appVersion,
  }
}

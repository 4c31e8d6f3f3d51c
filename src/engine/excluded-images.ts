import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StudioError } from '../contract/errors'
import type { Store } from '../store/store'
import { writeFileAtomic } from '../util/atomic-write'
import { thoseInFolder } from './datasets/same-folder'

/** In a run's folder: what was excluded when the run was made. It stays so, whatever is excluded later, so that every part of the run sees the same images. */
const FILE = 'excluded-images.json'
const Names = z.array(z.string())

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Names of the images that are excluded from the data set in this folder, as far as the workspace knows it. */
export async function excludedNow(store: Store, dataDir: string): Promise<string[]> {
  const datasets = (await store.datasets.list()).filter(({ excluded }) => excluded > 0)
  const [dataset] = await thoseInFolder(dataDir, datasets, ({ folder }) => folder)
  return dataset === undefined ? [] : store.images.excludedPaths(dataset.number)
}

export async function writeExcluded(runFolder: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await writeFileAtomic(join(runFolder, FILE), JSON.stringify(names))
}

/** Names of the images that a run leaves out. Rejects with CONFLICT where that can't be read: training on them would be another run. */
export async function excludedOf(run: { readonly folder: string }): Promise<string[]> {
  try {
    return Names.parse(JSON.parse(await readFile(join(run.folder, FILE), 'utf8')))
  } catch (error) {
    if (isMissing(error)) return []
    throw new StudioError('CONFLICT', `${join(run.folder, FILE)} can't be read, so it is not known which images this run leaves out. Repair the file, or delete it to train on all images.`, { cause: error })
  }
}

/** A run made from another one leaves out the same images. */
export async function copyExcluded(fromFolder: string, toFolder: string): Promise<void> {
  try {
    await copyFile(join(fromFolder, FILE), join(toFolder, FILE))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

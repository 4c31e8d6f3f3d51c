import { lstat, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StudioError } from '../contract/errors'

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Bytes of all files in a folder; 0 when it is not there. Links are not followed. */
export async function folderBytes(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const sizes = await Promise.all(
      entries.filter((entry) => entry.isFile()).map(async (entry) => (await lstat(join(entry.parentPath, entry.name))).size),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

/** Deletes a run's own folder. One that does not bear the run's id is left alone: it may hold more than the run. */
export async function deleteRunFolder(runId: string, folder: string): Promise<void> {
  if (basename(folder) !== runId) return
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw new StudioError(
      'CONFLICT',
      `The folder ${folder} can't be deleted (${error instanceof Error ? error.message : String(error)}). Check its permissions and try again; the run stays in the bin.`,
      { cause: error },
    )
  }
}

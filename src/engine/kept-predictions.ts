import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResultRow, RunResult } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { PredictionsFile, predictionsFileName } from '../contract/predictions'

/** Lines of a run's result table whose answers to single images lie in its folder. */
export async function keptRows({ folder, result }: { readonly folder: string; readonly result: RunResult | null }): Promise<ResultRow[]> {
  const kept = await Promise.all(
    (result?.rows ?? []).map(async (row) => {
      const isKept = await stat(join(folder, predictionsFileName(row.kind))).then(
        (found) => found.isFile(),
        () => false,
      )
      return isKept ? [row] : []
    }),
  )
  return kept.flat()
}

/** A model's answers to single images. Rejects with DATA_CORRUPT where the file can't be read as such. */
export async function readPredictions(file: string): Promise<PredictionsFile> {
  try {
    return PredictionsFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new StudioError('DATA_CORRUPT', `${file} can't be read as a model's answers to single images. Delete it and train again to see them.`, { cause })
  }
}

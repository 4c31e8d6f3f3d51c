import { z } from 'zod'
import type { ImagePrediction } from '../../contract/predictions'
import { RunResult } from '../../contract/entities'
import type { Reader, Transaction } from '../database'

/** A run with results on a data set. */
export interface EvaluatedRun {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly result: RunResult
}

export interface EvaluationKey {
  readonly dataset: number
  readonly runId: string
  readonly kind: string
}

/** What models of runs said of single images; `dataset` is the number of the data set's record. */
export interface EvaluationRepository {
  /** Folders of the data of runs with results; imported runs have none. */
  dataFolders(): Promise<string[]>
  /** Runs on data in one of these folders, newest first; those in the bin are left out. */
  runsOn(folders: readonly string[], limit: number): Promise<EvaluatedRun[]>
  find(key: EvaluationKey): Promise<{ number: number; stamp: string } | null>
  /** Replaces what is stored; answers the number of the evaluation. */
  replace(transaction: Transaction, key: EvaluationKey, stamp: string, predictions: readonly (ImagePrediction & { readonly image: number })[]): Promise<number>
  /** Every image's number by its path. */
  imageNumbers(dataset: number): Promise<ReadonlyMap<string, number>>
}

const RunRow = z.object({ id: z.string(), name: z.string(), folder: z.string(), result: z.string().transform((text) => RunResult.parse(JSON.parse(text))) })
const Found = z.object({ number: z.int(), stamp: z.string() })

export function createEvaluationRepository(reader: Reader): EvaluationRepository {
  return {
    async dataFolders() {
      const rows = await reader.all("SELECT DISTINCT data_dir FROM runs WHERE result IS NOT NULL AND binned_at IS NULL AND data_dir <> ''")
      return rows.map((row) => String(row['data_dir']))
    },
    async runsOn(folders, limit) {
      const rows = await reader.all(
        `SELECT id, name, folder, result FROM runs
         WHERE data_dir IN (SELECT value FROM json_each(?)) AND result IS NOT NULL AND binned_at IS NULL ORDER BY number DESC LIMIT ?`,
        [JSON.stringify(folders), limit],
      )
      return z.array(RunRow).parse(rows)
    },
    async find({ dataset, runId, kind }) {
      const row = await reader.get('SELECT e.number, e.stamp FROM evaluations e JOIN runs r ON r.number = e.run WHERE e.dataset = ? AND r.id = ? AND e.kind = ?', [dataset, runId, kind])
      return row === null ? null : Found.parse(row)
    },
    async replace(transaction, { dataset, runId, kind }, stamp, predictions) {
      await transaction.run('DELETE FROM evaluations WHERE dataset = ?1 AND kind = ?3 AND run = (SELECT number FROM runs WHERE id = ?2)', [dataset, runId, kind])
      const { lastId } = await transaction.run('INSERT INTO evaluations (dataset, run, kind, stamp) SELECT ?1, number, ?3, ?4 FROM runs WHERE id = ?2', [dataset, runId, kind, stamp])
      await transaction.run(
        'INSERT OR IGNORE INTO predictions (evaluation, image, predicted, confidence, margin) SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?2)',
        [lastId, JSON.stringify(predictions.map(({ image, predicted, confidence, margin }) => [image, predicted, confidence, margin]))],
      )
      return lastId
    },
    async imageNumbers(dataset) {
      const rows = await reader.all('SELECT image, path FROM images WHERE dataset = ?', [dataset])
      return new Map(rows.map((row) => [String(row['path']), Number(row['image'])]))
    },
  }
}

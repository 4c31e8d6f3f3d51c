import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageFilter } from '../../contract/dataset-entities'
import { StudioError } from '../../contract/errors'
import { type DatasetEvaluation, type EvaluationName, predictionsFileName, type RunEvaluations } from '../../contract/predictions'
import type { DatasetRecord } from '../../store/repositories/datasets'
import type { EvaluatedRun } from '../../store/repositories/evaluations'
import type { StoredFilter } from '../../store/repositories/image-query'
import type { Store } from '../../store/store'
import { ELSEWHERE } from '../images-elsewhere'
import { keptRows, readPredictions } from '../kept-predictions'
import { thoseInFolder } from './same-folder'

/** Runs that are offered; older ones can still be asked for by name. */
const MAX_RUNS = 200

/** Answers of trained models to the images of a data set. They lie in the runs' folders; what is asked for is brought into the database first. */
export interface Evaluations {
  list(dataset: DatasetRecord): Promise<DatasetEvaluation[]>
  /** Rejects with NOT_FOUND where there is no such run. */
  ofRun(runId: string): Promise<RunEvaluations>
  /** The filter with its evaluations by number. Rejects with NOT_FOUND or DATA_CORRUPT where their answers can't be had. */
  storedFilter(dataset: DatasetRecord, filter: ImageFilter): Promise<StoredFilter>
}

export function createEvaluations(store: Store): Evaluations {
  /** One at a time: two windows that ask for the same would both bring it in. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work)
    turn = next.catch(() => undefined)
    return next
  }

  const numberOf = async (dataset: DatasetRecord, { runId, kind }: EvaluationName): Promise<number> => {
    const run = await store.runs.get(runId)
    const file = join(run.folder, predictionsFileName(kind))
    const key = { dataset: dataset.number, runId, kind }
    const stamp = await stampOf(file, dataset)
    const known = await store.evaluations.find(key)
    if (known?.stamp === stamp) return known.number
    const found = await readPredictions(file)
    const [numbers, classNames] = await Promise.all([store.evaluations.imageNumbers(dataset.number), store.datasets.classNames(dataset.id)])
    const classes = found.classNames.map((name) => classNames.indexOf(name))
    const predictions = found.names.flatMap((name, at) => {
      const image = numbers.get(name)
      return image === undefined ? [] : [{ image, predicted: classes[found.predicted[at] ?? -1] ?? -1, confidence: found.confidence[at] ?? 0, margin: found.margin[at] ?? 0 }]
    })
    return store.transaction((t) => store.evaluations.replace(t, key, stamp, predictions))
  }

  return {
    async list(dataset) {
      const folders = await thoseInFolder(dataset.folder, await store.evaluations.dataFolders(), (folder) => folder)
      const runs = await store.evaluations.runsOn(folders, MAX_RUNS)
      return (await Promise.all(runs.map(evaluationsOf))).flat()
    },
    async ofRun(runId) {
      const { dataDir, ...run } = await store.runs.get(runId)
      const kept = await keptRows(run)
      const datasets = dataDir === ELSEWHERE ? [] : await thoseInFolder(dataDir, await store.datasets.list(), ({ folder }) => folder)
      return { datasetId: datasets[0]?.id ?? null, kinds: kept.map(({ kind }) => kind) }
    },
    async storedFilter(dataset, { evaluation, flippedFrom, ...filter }) {
      if (evaluation === undefined) return filter
      const number = await inTurn(() => numberOf(dataset, evaluation))
      if (flippedFrom === undefined) return { ...filter, evaluation: number }
      return { ...filter, evaluation: number, flippedFrom: await inTurn(() => numberOf(dataset, { runId: evaluation.runId, kind: flippedFrom })) }
    },
  }
}

async function evaluationsOf({ id, name, ...run }: EvaluatedRun): Promise<DatasetEvaluation[]> {
  return (await keptRows(run)).map(({ kind, top1, images }) => ({ runId: id, runName: name, kind, top1, images }))
}

async function stampOf(file: string, { indexedAt, images }: DatasetRecord): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(file)
    return [mtimeMs, size, indexedAt ?? 0, images].join(' ')
  } catch (cause) {
    throw new StudioError('NOT_FOUND', `${file} is not there: this model's answers to single images were not kept. Train again to see them.`, { cause })
  }
}

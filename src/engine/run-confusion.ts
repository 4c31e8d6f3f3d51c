import { join } from 'node:path'
import { type ConfusionCount, MOST_CELLS, type RunConfusion } from '../contract/confusion'
import type { ResultRow } from '../contract/entities'
import { StudioError } from '../contract/errors'
import { type PredictionsFile, predictionsFileName, usualModel } from '../contract/predictions'
import type { Store } from '../store/store'
import { keptRows, readPredictions } from './kept-predictions'

type Counted = Omit<RunConfusion, 'kind' | 'kinds'>

/**
 * The confusion matrix of a run's model, counted from the answers in the run's folder: no data set has to be in the workspace. `wanted` null takes the
 * usual model. Rejects with NOT_FOUND where the answers, or the true classes in them, were not kept, and with DATA_CORRUPT.
 */
export async function confusionOf(store: Store, runId: string, wanted: ResultRow['kind'] | null): Promise<RunConfusion> {
  const run = await store.runs.get(runId)
  const kinds = (await keptRows(run)).map(({ kind }) => kind)
  const kind = wanted ?? usualModel(kinds)
  if (kind === undefined || !kinds.includes(kind)) throw new StudioError('NOT_FOUND', notKept(run.name, run.result?.rows ?? [], kinds))
  const counted = countedBy(await readPredictions(join(run.folder, predictionsFileName(kind))))
  if (counted === null) throw new StudioError('NOT_FOUND', `The confusion of this run was not kept, as an older version trained it; train "${run.name}" again to keep it.`)
  return { kind, kinds, ...counted }
}

function notKept(name: string, rows: readonly ResultRow[], kinds: readonly ResultRow['kind'][]): string {
  if (rows.length === 0) return `"${name}" has no results yet. Its models' answers are counted as soon as they are evaluated.`
  if (kinds.length === 0) return `The answers of "${name}" to single images were not kept. Train again to count them.`
  return `"${name}" has no answers of this model. Answers are kept of ${kinds.join(', ')}.`
}

/** Null where a file of an older version doesn't say which classes the images have. */
export function countedBy({ classNames, predicted, labels }: PredictionsFile, mostCells = MOST_CELLS): Counted | null {
  if (labels === undefined) return null
  const classes = classNames.length
  const [ofActual, ofPredicted] = [classNames.map(() => 0), classNames.map(() => 0)]
  const cells = new Map<number, number>()
  labels.forEach((actual, image) => {
    const answer = predicted[image] ?? 0
    ofActual[actual] = (ofActual[actual] ?? 0) + 1
    ofPredicted[answer] = (ofPredicted[answer] ?? 0) + 1
    const cell = actual * classes + answer
    cells.set(cell, (cells.get(cell) ?? 0) + 1)
  })
  const counts = [...cells].map(([cell, count]): ConfusionCount => [Math.floor(cell / classes), cell % classes, count])
  const kept = counts.length <= mostCells ? counts : counts.sort(byWeight).slice(0, mostCells)
  return { classNames, images: labels.length, actual: ofActual, predicted: ofPredicted, counts: kept.sort(byPlace), omitted: counts.length - kept.length }
}

const byPlace = (a: ConfusionCount, b: ConfusionCount): number => a[0] - b[0] || a[1] - b[1]
/** Right answers before wrong ones, as recall is computed from them; then the fullest cells. */
const byWeight = (a: ConfusionCount, b: ConfusionCount): number => Number(b[0] === b[1]) - Number(a[0] === a[1]) || b[2] - a[2] || byPlace(a, b)

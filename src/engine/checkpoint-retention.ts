import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint, RunPhase } from '../contract/entities'
import type { TrainingConfig } from '../contract/training-config'
import type { Store } from '../store/store'

/** So many stay even if damaged ones are among them. */
const NEWEST_KEPT = 3

export interface RetentionRule {
  /** Steps between the checkpoints that are kept for good. */
  readonly everySteps: number
  /** Validation accuracy by step. */
  readonly accuracies: ReadonlyMap<number, number>
}

/** Steps of `save_freq` epochs; with nothing known about the run yet none is a multiple of it. */
export function stepsOfSaveFrequency(config: Pick<TrainingConfig, 'epochs' | 'pretraining' | 'save_freq'>, totalSteps: number): number {
  const epochs = config.epochs + (config.pretraining?.epochs ?? 0)
  return totalSteps === 0 ? Infinity : Math.round((totalSteps / epochs) * config.save_freq)
}

/** The checkpoints that may go: all but the newest three, and in each phase of the run the last, the best and every n-th. Newest first. */
export function superfluousCheckpoints<C extends Pick<Checkpoint, 'step' | 'phase'>>(checkpoints: readonly C[], rule: RetentionRule): C[] {
  const kept = new Set(checkpoints.slice(0, NEWEST_KEPT))
  const best = new Map<RunPhase, { checkpoint: C; accuracy: number }>()
  const seen = new Set<RunPhase>()
  for (const checkpoint of checkpoints) {
    const { step, phase } = checkpoint
    if (!seen.has(phase) || step % rule.everySteps === 0) kept.add(checkpoint)
    seen.add(phase)
    const accuracy = rule.accuracies.get(step)
    if (accuracy !== undefined && accuracy > (best.get(phase)?.accuracy ?? -Infinity)) best.set(phase, { checkpoint, accuracy })
  }
  for (const { checkpoint } of best.values()) kept.add(checkpoint)
  return checkpoints.filter((checkpoint) => !kept.has(checkpoint))
}

/** Forgets what need not be kept, then deletes the files: one that stays behind because of a crash is only unused. */
export async function thinCheckpoints(store: Store, run: { id: string; folder: string; everySteps: number }): Promise<void> {
  const checkpoints = await store.checkpoints.list(run.id)
  if (checkpoints.length <= NEWEST_KEPT) return
  const accuracies = await store.metrics.valuesAt(
    run.id,
    'val/top1',
    checkpoints.map(({ step }) => step),
  )
  const gone = superfluousCheckpoints(checkpoints, { everySteps: run.everySteps, accuracies })
  if (gone.length === 0) return
  await store.transaction((transaction) =>
    store.checkpoints.deleteFiles(
      transaction,
      run.id,
      gone.map(({ file }) => file),
    ),
  )
  for (const { file } of gone) await rm(join(run.folder, file), { force: true })
}

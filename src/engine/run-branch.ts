import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { applyEdits, modify } from 'jsonc-parser'
import { StudioError } from '../contract/errors'
import type { Checkpoint } from '../contract/entities'
import type { NewRun, RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { writeFileAtomic } from '../util/atomic-write'

export interface BranchDeps {
  readonly store: Store
  readonly newId: () => string
  readonly now: () => number
}

/** The checkpoint of a run, or NOT_FOUND. */
export async function checkpointOf(store: Store, runId: string, checkpointId: number): Promise<Checkpoint> {
  const found = (await store.checkpoints.list(runId)).find(({ id }) => id === checkpointId)
  if (found === undefined) throw new StudioError('NOT_FOUND', 'This checkpoint is not recorded any more. Choose one of those that are listed.')
  return found
}

const sibling = (run: RunRecord, id: string): string => join(dirname(run.folder), id)

/** A run like another one that has not begun. */
function like(run: RunRecord, id: string, name: string, folder: string, now: number): NewRun {
  const { model, dataset, config, dataDir, workers, targetRate } = run
  return { id, name, model, dataset, status: 'queued', phase: 'preparing', step: 0, totalSteps: 0, createdAt: now, targetRate, config, dataDir, folder, workers }
}

/**
 * Makes a run's twin that begins with one of its checkpoints: the file is copied, and the curves until then come along, so that both
 * can be compared from their first step on. Returns the new run; recording it is the caller's.
 */
export async function prepareBranch(
  { store, newId, now }: BranchDeps,
  runId: string,
  checkpointId: number,
  name: string | null,
): Promise<{ run: NewRun; checkpoint: Omit<Checkpoint, 'id'> }> {
  const parent = await store.runs.get(runId)
  const checkpoint = await checkpointOf(store, runId, checkpointId)
  const id = newId()
  const folder = sibling(parent, id)
  await mkdir(dirname(join(folder, checkpoint.file)), { recursive: true })
  try {
    await copyFile(join(parent.folder, checkpoint.file), join(folder, checkpoint.file))
    await copyFile(join(parent.folder, 'config.json'), join(folder, 'config.json'))
  } catch (error) {
    throw new StudioError('CHECKPOINT_CORRUPT', `${checkpoint.file} can't be copied (${error instanceof Error ? error.message : String(error)}). Choose another checkpoint.`, { cause: error })
  }
  const run = like(parent, id, name ?? `${parent.name}, from step ${checkpoint.step}`, folder, now())
  return {
    run: { ...run, step: checkpoint.step, totalSteps: parent.totalSteps, phase: checkpoint.phase, parent: { runId, step: checkpoint.step } },
    checkpoint: { ...checkpoint, runId: id },
  }
}

/** Makes `count` runs with the configuration of one, each with its own seed, counted on from the run's. They share the name of the group. */
export async function prepareRepeats({ store, newId, now }: BranchDeps, runId: string, count: number): Promise<{ runs: NewRun[]; group: string }> {
  const run = await store.runs.get(runId)
  const { repeats } = await store.annotations.get(runId)
  const group = repeats ?? `${run.name} (${run.id.slice(-4)})`
  const text = await readFile(join(run.folder, 'config.json'), 'utf8')
  const config = typeof run.config === 'object' && run.config !== null ? run.config : {}
  const first = 'seed' in config && typeof config.seed === 'number' ? config.seed : 0
  const known = repeats === null ? 1 : await store.table.groupSize(group)
  const runs: NewRun[] = []
  for (let index = 0; index < count; index += 1) {
    const seed = first + known + index
    const id = newId()
    const folder = sibling(run, id)
    await mkdir(join(folder, 'checkpoints'), { recursive: true })
    const edits = modify(text, ['seed'], seed, { formattingOptions: { insertSpaces: true, tabSize: 2 } })
    await writeFileAtomic(join(folder, 'config.json'), applyEdits(text, edits))
    runs.push({ ...like(run, id, `${run.name}, seed ${seed}`, folder, now()), config: { ...config, seed }, repeats: group })
  }
  return { runs, group }
}

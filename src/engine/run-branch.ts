import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withValue } from '../config/edit-text'
import { StudioError } from '../contract/errors'
import type { Checkpoint } from '../contract/entities'
import type { NewRun } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { childRun, type ChildRunDeps, configTextOf, writeChildFolder } from './child-run'

/** The checkpoint of a run, or NOT_FOUND. */
export async function checkpointOf(store: Store, runId: string, checkpointId: number): Promise<Checkpoint> {
  const found = (await store.checkpoints.list(runId)).find(({ id }) => id === checkpointId)
  if (found === undefined) throw new StudioError('NOT_FOUND', 'This checkpoint is not recorded any more. Choose one of those that are listed.')
  return found
}

/**
 * Makes a run's twin that begins with one of its checkpoints: the file is copied, and the curves until then come along, so that both
 * can be compared from their first step on. Returns the new run; recording it is the caller's.
 */
export async function prepareBranch(
  deps: ChildRunDeps,
  runId: string,
  checkpointId: number,
  name: string | null,
): Promise<{ run: NewRun; checkpoint: Omit<Checkpoint, 'id'> }> {
  const parent = await deps.store.runs.get(runId)
  const checkpoint = await checkpointOf(deps.store, runId, checkpointId)
  const { step, phase } = checkpoint
  const { totalSteps } = parent
  const run = childRun(parent, deps, { name: name ?? `${parent.name}, from step ${step}`, step, totalSteps, phase, parent: { runId, step } })
  try {
    await writeChildFolder(parent, run, await configTextOf(parent))
    await copyFile(join(parent.folder, checkpoint.file), join(run.folder, checkpoint.file))
  } catch (error) {
    throw new StudioError('CHECKPOINT_CORRUPT', `${checkpoint.file} can't be copied (${error instanceof Error ? error.message : String(error)}). Choose another checkpoint.`, { cause: error })
  }
  return { run, checkpoint: { ...checkpoint, runId: run.id } }
}

/** Makes `count` runs with the configuration of one, each with its own seed, counted on from the run's. They share the name of the group. */
export async function prepareRepeats(deps: ChildRunDeps, runId: string, count: number): Promise<{ runs: NewRun[]; group: string }> {
  const { store } = deps
  const run = await store.runs.get(runId)
  const { repeats } = await store.annotations.get(runId)
  const group = repeats ?? `${run.name} (${run.id.slice(-4)})`
  const text = await configTextOf(run)
  const config = typeof run.config === 'object' && run.config !== null ? run.config : {}
  const first = 'seed' in config && typeof config.seed === 'number' ? config.seed : 0
  const known = repeats === null ? 1 : await store.table.groupSize(group)
  const runs: NewRun[] = []
  for (let index = 0; index < count; index += 1) {
    const seed = first + known + index
    const repeat = childRun(run, deps, { name: `${run.name}, seed ${seed}`, config: { ...config, seed }, repeats: group })
    await writeChildFolder(run, repeat, withValue(text, { path: ['seed'], value: seed }))
    runs.push(repeat)
  }
  return { runs, group }
}

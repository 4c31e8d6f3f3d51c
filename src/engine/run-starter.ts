import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from '../contract/entities'
import type { TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import type { NewLogEntry } from '../store/repositories/logs'
import type { RunPatch, RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { sha256OfFile } from '../util/file-hash'
import type { EventHub } from './event-hub'

export interface StarterDeps {
  readonly store: Store
  readonly hub: EventHub
  readonly now: () => number
}

/** Why a checkpoint can't be used, or null. */
async function problemOf(folder: string, { file, sha256 }: Checkpoint): Promise<string | null> {
  const path = join(folder, file)
  try {
    await access(path)
    return (await sha256OfFile(path)) === sha256 ? null : 'its content is not what was written'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'the file is missing'
      : `it can't be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The newest checkpoint whose file is whole, and what is to be said about those before it that are not. */
export async function newestUsable(
  folder: string,
  checkpoints: readonly Checkpoint[],
): Promise<{ checkpoint: Checkpoint | null; complaints: string[] }> {
  const complaints: string[] = []
  for (const checkpoint of checkpoints) {
    const problem = await problemOf(folder, checkpoint)
    if (problem === null) return { checkpoint, complaints }
    complaints.push(`The checkpoint ${checkpoint.file} of step ${checkpoint.step} is left out: ${problem}.`)
  }
  return { checkpoint: null, complaints }
}

/**
 * Makes a run ready for a new trainer: chooses the checkpoint, takes back what was recorded behind it (so that curves stay unbroken
 * and single-valued), marks the run as starting, and returns what the trainer needs.
 */
export async function prepareStart({ store, hub, now }: StarterDeps, runId: string): Promise<{ run: RunRecord; spec: TrainerSpec }> {
  const run = await store.runs.get(runId)
  const isFirstStart = run.startedAt === null
  const checkpoints = await store.checkpoints.list(runId)
  const { checkpoint, complaints } = await newestUsable(run.folder, checkpoints)
  const step = checkpoint?.step ?? 0
  const phase = checkpoint?.phase ?? 'preparing'

  const entry = (level: NewLogEntry['level'], message: string): NewLogEntry => ({ time: now(), level, message })
  const entries = complaints.map((message) => entry('warning', message))
  if (checkpoint !== null) entries.push(entry('info', `The run goes on from step ${step} (${checkpoint.file}).`))
  else if (!isFirstStart) entries.push(entry('info', 'There is no usable checkpoint; the run starts from the beginning.'))

  const patch: RunPatch = {
    status: 'starting',
    statusReason: null,
    step,
    phase,
    endedAt: null,
    ...(isFirstStart ? { startedAt: now() } : {}),
    ...(checkpoint === null ? { result: null } : {}),
  }
  // Step 0 of a run without checkpoint is computed again, too.
  const keepUpTo = checkpoint === null ? -1 : step
  const logged = await store.transaction(async (transaction) => {
    await store.metrics.deleteAfter(transaction, runId, keepUpTo)
    await store.widths.deleteAfter(transaction, runId, keepUpTo)
    await store.checkpoints.deleteAfter(transaction, runId, keepUpTo)
    await store.runs.update(transaction, runId, patch)
    return store.logs.append(transaction, runId, entries)
  })
  hub.publish({ type: 'status', runId, status: 'starting', reason: null })
  if (logged.length > 0) hub.publish({ type: 'log', runId, entries: logged })

  const spec: TrainerSpec = {
    runId,
    config: TrainingConfig.parse(run.config),
    dataDir: run.dataDir,
    folder: run.folder,
    workers: run.workers,
    resumeFrom: checkpoint === null ? null : { file: join(run.folder, checkpoint.file), sha256: checkpoint.sha256 },
  }
  return { run: { ...run, step, phase, status: 'starting' }, spec }
}

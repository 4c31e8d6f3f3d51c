import type { ResumedAt, TrainerSpec } from '../contract/trainer-messages'
import type { NewLogEntry } from '../store/repositories/logs'
import type { RunPatch, RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { UNSUBMITTED } from '../contract/slurm'
import { chooseCheckpoint } from './checkpoint-choice'
import type { EventHub } from './event-hub'
import type { RuntimeControl } from './runtimes/runtime-control'
import { trainerSpec } from './trainer-spec'

export interface StarterDeps {
  readonly store: Store
  readonly hub: EventHub
  readonly runtimes: Pick<RuntimeControl, 'find'>
  readonly now: () => number
}

/**
 * Makes a run ready for a new trainer: chooses the checkpoint, takes back what was recorded behind it (so that curves stay unbroken
 * and single-valued), marks the run as starting, and returns what the trainer needs. Rejects with CONFLICT when the run's folder is out of reach,
 * with NOT_FOUND when the runtime that it asks for is not installed.
 */
export async function prepareStart(
  { store, hub, runtimes, now }: StarterDeps,
  runId: string,
): Promise<{ run: RunRecord & { processSeconds: number }; spec: TrainerSpec; from: ResumedAt }> {
  const run = await store.runs.get(runId)
  const isFirstStart = run.startedAt === null
  const checkpoints = await store.checkpoints.list(runId)
  const { checkpoint, complaints, unrecorded } = await chooseCheckpoint(run.folder, checkpoints)
  const given = await trainerSpec(run, checkpoint)
  const runtime = await runtimes.find(given.config.runtime)
  const spec = runtime === null ? given : { ...given, runtime }
  const step = checkpoint?.step ?? 0
  const phase = checkpoint?.phase ?? 'preparing'

  // Stored before there is a job, so that one that is submitted is always found again.
  const slurmRecord = run.slurmRecord === null || run.slurmRecord === undefined ? null : { ...UNSUBMITTED, submission: run.slurmRecord.submission + 1, at: now() }

  const entry = (level: NewLogEntry['level'], message: string): NewLogEntry => ({ time: now(), level, message })
  const entries = complaints.map((message) => entry('warning', message))
  if (unrecorded !== null) {
    const missing = `Step ${step} was reached by the checkpoint ${unrecorded.file}, which the database does not know. Points that it lacks can't be restored.`
    entries.push(entry('warning', missing))
  }
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
    ...(slurmRecord === null ? {} : { slurmRecord }),
  }
  // Step 0 of a run without checkpoint is computed again, too.
  const keepUpTo = checkpoint === null ? -1 : step
  const logged = await store.transaction(async (transaction) => {
    await store.metrics.deleteAfter(transaction, runId, keepUpTo)
    await store.widths.deleteAfter(transaction, runId, keepUpTo)
    await store.widthGradients.deleteAfter(transaction, runId, keepUpTo)
    await store.checkpoints.deleteAfter(transaction, runId, keepUpTo)
    if (unrecorded !== null) await store.checkpoints.insert(transaction, { runId, ...unrecorded })
    await store.runs.update(transaction, runId, patch)
    return store.logs.append(transaction, runId, entries)
  })
  hub.publish({ type: 'status', runId, status: 'starting', reason: null })
  if (logged.length > 0) hub.publish({ type: 'log', runId, entries: logged })

  const processSeconds = await processSecondsOf(store, runId)
  const from = { step: checkpoint?.step ?? null, phase }
  return { run: { ...run, slurmRecord, step, phase, status: 'starting', startedAt: run.startedAt ?? now(), processSeconds }, spec, from }
}

/** How long a run's trainers have worked so far, as recorded. */
export async function processSecondsOf(store: Store, runId: string): Promise<number> {
  const [worked] = await store.metrics.read(runId, ['time/process'], 10)
  return worked?.values.at(-1) ?? 0
}

import type { Checkpoint, RunStatus, RunSummary } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { ClusterHost, TrainerHandle, TrainerHost } from '../contract/trainer-channel'
import type { ResumedAt, TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import type { Transaction } from '../store/database'
import type { NewRun, RunPatch } from '../store/repositories/runs'
import { requireImages } from './images-elsewhere'
import type { RuntimeControl } from './runtimes/runtime-control'
import { createRunQueue } from './queue'
import { allowedTries, createRestartRule } from './restart-rule'
import { obstacleBeside } from './room-beside'
import { createRoomWait } from './room-wait'
import { prepareStart, processSecondsOf } from './run-starter'
import { type JudgeEnd, type LiveRun, type RunEnd, type RunSupervisor, type SupervisorDeps, superviseRun } from './run-supervisor'

const CLOSE_WITHIN_MS = 10_000
const CATCH_UP_WITHIN_MS = 3_000
const CLOSED =
  'FracBits Studio was closed while this run was in progress. Everything recorded so far is kept; Resume goes on from the last checkpoint.'
const LEFT_BEHIND =
  'FracBits Studio ended unexpectedly while this run was in progress. Everything recorded so far is kept; Resume goes on from the last checkpoint.'

const NEVER_BEGAN = 'Stopped before it began.'

const ALIVE: readonly RunStatus[] = ['starting', 'running', 'paused', 'stopping']
const RESUMABLE: readonly RunStatus[] = ['stopped', 'interrupted', 'failed']

export interface RunControlDeps extends SupervisorDeps {
  readonly trainerHost: TrainerHost
  readonly runtimes: Pick<RuntimeControl, 'find'>
  /** Memory that trainers can still get, in bytes. */
  readonly availableBytes: () => number
  readonly cluster: ClusterHost | undefined
}

export interface RunControl {
  /** Deals with what an earlier engine left: live runs are interrupted, queued ones queued again when `startQueued`. */
  recover(startQueued: boolean): Promise<void>
  /** Records and queues a run; `more` writes in the same transaction what belongs to it. */
  add(run: NewRun, more?: (transaction: Transaction) => Promise<void>): Promise<void>
  pause(runId: string): Promise<void>
  resume(runId: string): Promise<void>
  /** Goes back to a checkpoint and on from there, also when the run is finished. */
  resumeFrom(runId: string, checkpoint: Checkpoint): Promise<void>
  stop(runId: string, mode: 'after-step' | 'now'): Promise<void>
  /** Those that wait here, the next one first. */
  waiting(): readonly string[]
  readonly queuePaused: boolean
  /** Puts a waiting run at a place; CONFLICT when it does not wait. The order is kept. */
  moveInQueue(runId: string, place: number): Promise<void>
  /** Starts nothing more until it is let go on; also after a restart. */
  pauseQueue(paused: boolean): Promise<void>
  readonly atOnce: number
  /** Lets so many runs train at a time, as far as memory suffices; also after a restart. */
  setAtOnce(atOnce: number): Promise<void>
  /** Why the next run does not start beside those that train; null where only its turn is missing. */
  readonly waitsFor: string | null
  /** What is true now of a run with a live trainer; null for others. */
  live(runId: string): LiveRun | null
  /** Name of a run whose trainer has loaded an installed runtime; null where none has. */
  userOf(runtime: string): string | null
  /** The summary with what is not stored yet. */
  overlay<R extends RunSummary>(run: R): R
  close(): Promise<void>
}

/** Every change of a run's life: the queue, the trainers that are alive, and what a person asks of them. */
export function createRunControl(deps: RunControlDeps): RunControl {
  const { store, hub, logger, now, trainerHost, cluster } = deps
  const supervisors = new Map<string, RunSupervisor>()
  /** Taken out of the queue, without a trainer yet; the value is a wish to stop that came meanwhile. */
  const beginning = new Map<string, { stop: boolean }>()
  const ends = new Set<Promise<void>>()
  /** Installed runtimes that trainers have loaded, and the names of their runs. */
  const loaded = new Map<string, { readonly runtime: string; readonly name: string }>()
  let closing = false

  const restarts = createRestartRule()
  const setStatus = async (runId: string, status: RunStatus, reason: string | null, more: RunPatch = {}): Promise<void> => {
    await store.transaction((transaction) => store.runs.update(transaction, runId, { status, statusReason: reason, ...more }))
    hub.publish({ type: 'status', runId, status, reason })
  }

  /** A crash or a hang may be chance: the run starts again as long as it gets further. What memory ran out for would only happen again. */
  const judgeFor =
    (run: { id: string; folder: string }): JudgeEnd =>
    (end, cause, newest) => {
      if (closing || cause === null) return end
      if (cause === 'no-room') {
        roomWait.add(run.id, run.folder, newest.bytes)
        return { status: 'queued', reason: end.reason }
      }
      const tryNumber = cause === 'crash' || cause === 'hang' ? restarts.next(run.id, newest.step) : null
      if (tryNumber === null) return end
      const again = `It is started again from its last checkpoint (try ${tryNumber} of ${allowedTries}).`
      return { status: 'queued', reason: `${(end.reason ?? '').split('. ')[0] ?? ''}. ${again}` }
    }

  const roomWait = createRoomWait(deps.watchTimes.everyMs, (runId) => {
    if (closing) return
    void setStatus(runId, 'queued', null)
      .then(() => queue.add(runId))
      .catch((error: unknown) => {
        logger.error("the state of a run can't be stored", { runId, error })
        queue.add(runId)
      })
  })

  const submit = (spec: TrainerSpec, from: ResumedAt, submission: number): TrainerHandle => {
    if (cluster === undefined) throw new StudioError('CONFLICT', 'This run belongs to a Slurm cluster, and this program was started without it.')
    return cluster.submit(spec, spec.config.slurm ?? {}, from, submission)
  }

  /** A supervised trainer, or why there is none. */
  const launch = async (runId: string, wish: { readonly stop: boolean }): Promise<RunSupervisor | RunEnd> => {
    try {
      const { run, spec, from } = await prepareStart(deps, runId)
      if (wish.stop) return { status: 'stopped', reason: NEVER_BEGAN }
      if (closing) return { status: 'queued', reason: null }
      if (spec.runtime !== undefined) loaded.set(runId, { runtime: spec.runtime.name, name: run.name })
      const handle = run.slurmRecord === null || run.slurmRecord === undefined ? trainerHost.start(spec) : submit(spec, from, run.slurmRecord.submission)
      logger.info('trainer started', { runId, pid: handle.pid, resumeFrom: spec.resumeFrom?.file ?? null })
      return superviseRun(deps, { ...run, config: spec.config }, handle, judgeFor(run))
    } catch (error) {
      logger.error("a run can't be started", { runId, error })
      return {
        status: 'failed',
        reason:
          error instanceof StudioError
            ? error.message
            : `The training process can't be started: ${error instanceof Error ? error.message : String(error)}`,
      }
    }
  }

  const begin = async (runId: string): Promise<void> => {
    const wish = { stop: false }
    beginning.set(runId, wish)
    const supervisor = await launch(runId, wish)
    beginning.delete(runId)
    if ('status' in supervisor) {
      loaded.delete(runId)
      const { status, reason } = supervisor
      await setStatus(runId, status, reason, status === 'queued' ? {} : { endedAt: now() }).catch((error: unknown) =>
        logger.error("the state of a run can't be stored", { runId, status, error }),
      )
      return
    }
    await attend(runId, supervisor)
  }

  /** Until its run is over, or left to go on without this engine. */
  const attend = async (runId: string, supervisor: RunSupervisor): Promise<void> => {
    supervisors.set(runId, supervisor)
    const end = await supervisor.done
    if (end === null) return void supervisors.delete(runId)
    const { status, reason } = end
    // In this order, so that who hears of the end can resume the run at once.
    supervisors.delete(runId)
    loaded.delete(runId)
    hub.publish({ type: 'status', runId, status, reason })
    if (status === 'queued' && !roomWait.has(runId)) queue.add(runId)
  }

  const untilEnded = (end: Promise<void>): Promise<void> => {
    ends.add(end)
    void end.finally(() => ends.delete(end))
    return end
  }
  /** Runs that are jobs of a cluster: they take no place here. */
  const elsewhere = new Set<string>()
  const queue = createRunQueue({
    start: (runId) => untilEnded(begin(runId)),
    obstacle: (runId, running) =>
      obstacleBeside({ store, live, availableBytes: deps.availableBytes }, runId, running).catch((error: unknown) => {
        logger.error("whether a run finds room beside others can't be told", { runId, error })
        return 'It waits to run alone: whether memory suffices can\'t be told.'
      }),
    everyMs: deps.watchTimes.everyMs,
    isElsewhere: (runId) => elsewhere.has(runId),
  })
  const enqueue = (run: Pick<NewRun, 'id' | 'slurmRecord'>): void => {
    if ((run.slurmRecord ?? null) !== null) elsewhere.add(run.id)
    queue.add(run.id)
  }

  /** Goes on with a job that an earlier engine left running; none where the run has none, else the promise of being up to date. */
  const rejoin = async (runId: string): Promise<readonly Promise<void>[]> => {
    const run = await store.runs.get(runId)
    const record = run.slurmRecord ?? null
    if (record === null || record.submission === 0 || cluster === undefined) return []
    logger.info('run is a job of the cluster', { runId, job: record.job.jobId })
    elsewhere.add(runId)
    const joined = { status: run.status, statusReason: run.statusReason }
    const supervised = { ...run, config: TrainingConfig.parse(run.config), processSeconds: await processSecondsOf(store, runId), joined }
    const handle = cluster.attach(run, record)
    const ended = untilEnded(attend(runId, superviseRun(deps, supervised, handle, judgeFor(run))))
    return [Promise.race([ended, handle.cluster?.caughtUp])]
  }

  /** The run's supervisor, or CONFLICT with a sentence about what it is instead. */
  const alive = async (runId: string, wish: string): Promise<RunSupervisor> => {
    const supervisor = supervisors.get(runId)
    if (supervisor !== undefined) return supervisor
    const { status } = await store.runs.get(runId)
    throw new StudioError('CONFLICT', `This run is ${status}; only a running one can be ${wish}.`)
  }

  const live = (runId: string): LiveRun | null => supervisors.get(runId)?.live ?? null

  return {
    async recover(startQueued) {
      const caughtUp: Promise<void>[] = []
      for (const runId of await store.runs.idsWithStatus(ALIVE)) {
        const joined = await rejoin(runId)
        caughtUp.push(...joined)
        if (joined.length > 0) continue
        logger.warn('run was left without a trainer', { runId })
        await setStatus(runId, 'interrupted', LEFT_BEHIND, { endedAt: now() })
      }
      // Whoever asks first is told how the jobs stand now, unless Slurm is slow.
      await Promise.race([Promise.all(caughtUp), new Promise<void>((resolve) => setTimeout(resolve, caughtUp.length === 0 ? 0 : CATCH_UP_WITHIN_MS).unref())])
      if (await store.queue.isPaused()) queue.setPaused(true)
      queue.setAtOnce(await store.queue.atOnce())
      if (startQueued) for (const runId of await store.queue.order()) enqueue(await store.runs.get(runId))
    },

    async add(run, more) {
      await store.transaction(async (transaction) => {
        await store.runs.insert(transaction, run)
        await more?.(transaction)
      })
      const { config: _config, dataDir: _dataDir, folder: _folder, workers: _workers, parent: _parent, repeats: _repeats, slurmRecord, ...summary } = run
      hub.publish({ type: 'created', runId: run.id, run: { ...summary, statusReason: null, startedAt: null, endedAt: null, result: null, slurm: slurmRecord?.job ?? null } })
      enqueue(run)
    },

    async pause(runId) {
      const supervisor = await alive(runId, 'paused')
      const { status } = supervisor.live
      if (status === 'running' || status === 'starting') supervisor.pause()
      else if (status !== 'paused') throw new StudioError('CONFLICT', `This run is ${status} and can't be paused any more.`)
    },

    async resume(runId) {
      if (closing) throw new StudioError('ENGINE_GONE', 'FracBits Studio is closing.')
      restarts.forget(runId)
      roomWait.remove(runId)
      const supervisor = supervisors.get(runId)
      if (supervisor !== undefined) {
        const { status } = supervisor.live
        if (status === 'paused') return supervisor.continue()
        if (status === 'running' || status === 'starting') return
        throw new StudioError('CONFLICT', 'This run is just stopping. Resume it when it has stopped.')
      }
      if (queue.isWaiting(runId) || beginning.has(runId)) return
      const run = await store.runs.get(runId)
      const { status } = run
      if (RESUMABLE.includes(status)) {
        requireImages(run)
        await setStatus(runId, 'queued', null)
      } else if (status !== 'queued') throw new StudioError('CONFLICT', `This run is ${status}; there is nothing to resume.`)
      enqueue(run)
    },

    async resumeFrom(runId, checkpoint) {
      if (closing) throw new StudioError('ENGINE_GONE', 'FracBits Studio is closing.')
      const run = await store.runs.get(runId)
      const { status } = run
      if (supervisors.has(runId) || queue.isWaiting(runId) || beginning.has(runId) || !(status === 'finished' || RESUMABLE.includes(status)))
        throw new StudioError('CONFLICT', `This run is ${supervisors.get(runId)?.live.status ?? status}. Stop it first, then go back to the checkpoint.`)
      requireImages(run)
      await store.transaction(async (transaction) => {
        await store.checkpoints.deleteAfter(transaction, runId, checkpoint.step)
        await store.runs.update(transaction, runId, { status: 'queued', statusReason: null, result: null })
      })
      hub.publish({ type: 'status', runId, status: 'queued', reason: null })
      enqueue(run)
    },

    async stop(runId, mode) {
      roomWait.remove(runId)
      const start = beginning.get(runId)
      if (start !== undefined) start.stop = true
      else if (queue.remove(runId)) await setStatus(runId, 'stopped', NEVER_BEGAN, { endedAt: now() })
      else if (supervisors.has(runId)) supervisors.get(runId)?.stop(mode)
      else if ((await store.runs.get(runId)).status === 'queued') await setStatus(runId, 'stopped', NEVER_BEGAN, { endedAt: now() })
      else await alive(runId, 'stopped')
    },

    waiting: () => queue.waiting(),
    get queuePaused() {
      return queue.isPaused
    },
    async moveInQueue(runId, place) {
      // A short-lived command has started nothing and has no queue of its own; then the kept order is changed.
      const others = (queue.waiting().length > 0 ? queue.waiting() : await store.queue.order()).filter((waiting) => waiting !== runId)
      const { status } = await store.runs.get(runId)
      if (status !== 'queued') throw new StudioError('CONFLICT', `This run is ${status} and does not wait in the queue any more.`)
      queue.move(runId, place)
      await store.transaction((transaction) => store.queue.keepOrder(transaction, [...others.slice(0, place), runId, ...others.slice(place)]))
      hub.publish({ type: 'annotated', runId, gone: false })
    },
    async pauseQueue(paused) {
      await store.transaction((transaction) => store.queue.setPaused(transaction, paused))
      queue.setPaused(paused)
    },
    get atOnce() {
      return queue.atOnce
    },
    async setAtOnce(atOnce) {
      await store.transaction((transaction) => store.queue.setAtOnce(transaction, atOnce))
      queue.setAtOnce(atOnce)
    },
    get waitsFor() {
      return queue.waitsFor
    },

    live,
    userOf: (runtime) => [...loaded.values()].find((one) => one.runtime === runtime)?.name ?? null,
    overlay(run) {
      const now = live(run.id)
      if (now === null) return run
      const { status, statusReason, phase, step, totalSteps, job } = now
      return { ...run, status, statusReason, phase, step, totalSteps, ...(job === null ? {} : { slurm: job }) }
    },

    async close() {
      closing = true
      queue.close()
      roomWait.stop()
      for (const supervisor of supervisors.values()) {
        if (supervisor.leave === null) supervisor.interrupt(CLOSED)
        else void supervisor.leave()
      }
      const timer = setTimeout(() => {
        for (const [runId, supervisor] of supervisors) {
          logger.warn('trainer did not stop in time and is killed', { runId })
          supervisor.kill()
        }
      }, CLOSE_WITHIN_MS)
      await Promise.all(ends)
      clearTimeout(timer)
    },
  }
}

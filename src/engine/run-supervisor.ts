import { isAbsolute, relative, sep } from 'node:path'
import type { RunPhase, RunProgress, RunStatus } from '../contract/entities'
import { StudioError } from '../contract/errors'
import type { SlurmJob } from '../contract/slurm'
import type { TrainerExit, TrainerHandle } from '../contract/trainer-channel'
import { TrainerEvent } from '../contract/trainer-messages'
import type { TrainingConfig } from '../contract/training-config'
import type { Store } from '../store/store'
import type { Logger } from '../util/logger'
import type { EventHub } from './event-hub'
import { stepsOfSaveFrequency, thinCheckpoints } from './checkpoint-retention'
import { causeOf, exitReason, type RunEndCause } from './exit-reason'
import { problemOfFolder } from './folder-check'
import { cpuTicksOf, memoryKills } from './process-facts'
import { createRunHold } from './run-hold'
import { createRunClock, newestStep } from './run-clock'
import { createRunRecorder } from './run-recorder'
import { type WatchTimes, watchTrainer } from './trainer-watchdog'

/** After its last message a trainer has so long to exit before it is killed. */
const EXIT_WITHIN_MS = 10_000
/** The last messages of a process can arrive shortly after the news of its exit. */
const LAST_MESSAGES_WITHIN_MS = 500
const RETRY_LAST_WRITE_MS = 2_000

export interface LiveRun {
  readonly status: RunStatus
  readonly statusReason: string | null
  readonly phase: RunPhase
  readonly step: number
  readonly totalSteps: number
  readonly progress: RunProgress | null
  /** Null on this machine. */
  readonly job: SlurmJob | null
}

export interface RunEnd {
  readonly status: RunStatus
  readonly reason: string | null
}

export interface SupervisorDeps {
  readonly store: Store
  readonly hub: EventHub
  readonly logger: Logger
  readonly now: () => number
  readonly watchTimes: WatchTimes
}

/** A run as its supervisor needs it; `config` is parsed. */
export interface SupervisedRun {
  readonly id: string
  readonly folder: string
  readonly phase: RunPhase
  readonly step: number
  readonly totalSteps: number
  readonly startedAt: number | null
  readonly processSeconds: number
  readonly config: TrainingConfig
  /** Of a trainer that an earlier engine started: the run goes on as it was left. */
  readonly joined?: { readonly status: RunStatus; readonly statusReason: string | null }
}

/** What becomes of a run whose trainer is gone: may turn an end into a new start (status `queued`). */
export type JudgeEnd = (end: RunEnd, cause: RunEndCause | null, newest: { readonly step: number; readonly bytes: number }) => RunEnd

export interface RunSupervisor {
  /** What is true now, ahead of what is stored. */
  readonly live: LiveRun
  pause(): void
  /** Rejects with DISK_FULL while rows still can't be written. */
  continue(): Promise<void>
  stop(mode: 'after-step' | 'now'): void
  /** Stops after the step and records the run as interrupted for this reason. */
  interrupt(reason: string): void
  kill(): void
  /** Leaves a trainer that lives on without this engine: what it said so far is stored, and `done` resolves with null. Null where it can't live on. */
  readonly leave: (() => Promise<void>) | null
  /**
   * Resolves once the process is gone and the run's end is stored, or with null once it was left; publishing the end is left to whoever forgets
   * this supervisor first.
   */
  readonly done: Promise<RunEnd | null>
}

const since = (before: number | null, after: number | null): number | null => (before === null || after === null ? null : after - before)

/** Looks after one live trainer: stores and publishes what it reports and, when it is gone, how the run ended. */
export function superviseRun(deps: SupervisorDeps, run: SupervisedRun, handle: TrainerHandle, judge: JudgeEnd): RunSupervisor {
  const { store, hub, logger, watchTimes } = deps
  const runId = run.id
  const { cluster } = handle
  /** What a job tells may be read long after it happened. */
  const now = cluster === undefined ? deps.now : () => cluster.now()
  let live: Omit<LiveRun, 'job'> = { status: run.joined?.status ?? 'starting', statusReason: run.joined?.statusReason ?? null, phase: run.phase, step: run.step, totalSteps: run.totalSteps, progress: null }
  let ended: Extract<TrainerEvent, { type: 'ended' }> | null = null
  let tellEnded: () => void = () => undefined
  const endedSaid = new Promise<void>((resolve) => (tellEnded = resolve))
  let exitTimer: NodeJS.Timeout | null = null
  let announced = ''
  let interruptReason: string | null = null
  let killedOnRequest = false
  let hangs = false
  let newest = { step: run.step, bytes: 0 }
  const memoryKillsBefore = memoryKills()

  const sentenceOf = (error: unknown): string =>
    error instanceof StudioError ? error.message : `What the run reports can't be stored: ${error instanceof Error ? error.message : String(error)}`
  /** What is recorded can't be published in order while it can't be stored; the person still has to know. */
  const announce = (reason: string | null): void => {
    const change = `${live.status} ${reason ?? ''}`
    if (change === announced) return
    announced = change
    if (reason !== null) logger.error('trainer has to wait', { runId, reason })
    live = { ...live, statusReason: reason }
    recorder.eventAhead({ type: 'status', runId, status: live.status, reason })
  }
  const hold = createRunHold({
    inspect: () => problemOfFolder(run.folder, newest.bytes).then((problem) => problem ?? recorder.flush().then(() => null, sentenceOf)),
    pause: () => (live.status === 'running' || live.status === 'starting') && handle.send({ type: 'pause' }),
    goOn: () => handle.send({ type: 'continue' }),
    announce,
    everyMs: watchTimes.everyMs,
  })
  const handleWriteFailure = (error: unknown): void => hold.report(sentenceOf(error))
  const cpuTicks = (): number | null => (handle.pid === null ? null : cpuTicksOf(handle.pid))
  // A job's trainer is watched on its node, where it can be seen.
  const waits = (): boolean => live.status === 'paused' || cluster !== undefined
  const watchdog = watchTrainer(watchTimes, { cpuTicks, isPaused: waits }, () => {
    hangs = true
    handle.kill()
  })
  const clock = createRunClock(Math.max(run.processSeconds, (now() - (run.startedAt ?? now())) / 1000), run.processSeconds, cluster?.now)
  if (live.status === 'running') clock.go()
  const recorder = createRunRecorder(runId, store, hub, handleWriteFailure)
  const flush = (): Promise<void> => recorder.flush().catch(handleWriteFailure)

  const setStatus = (status: RunStatus, statusReason: string | null): void => {
    live = { ...live, status, statusReason }
    recorder.patch({ status, statusReason })
    recorder.event({ type: 'status', runId, status, reason: statusReason })
  }
  const log = (level: 'info' | 'warning' | 'error', message: string): void => recorder.log({ time: now(), level, message })

  const handlers: { [T in TrainerEvent['type']]: (event: Extract<TrainerEvent, { type: T }>) => void } = {
    started({ totalSteps, quantizers, environment }) {
      clock.go()
      live = { ...live, totalSteps }
      recorder.patch({ totalSteps, quantizers, environment })
      recorder.event({ type: 'started', runId, quantizers, totalSteps })
      if (live.status === 'starting') setStatus('running', null)
      void flush()
    },
    resumed({ step, phase }) {
      clock.pause()
      recorder.takeBack(step ?? -1)
      newest = { step: step ?? 0, bytes: newest.bytes }
      live = { ...live, phase, step: step ?? 0, progress: null }
      recorder.patch({ phase, step: step ?? 0 })
      const where = step === null ? 'begins again: there is no checkpoint yet' : `goes on from step ${step}`
      log('warning', `Slurm has started the job again; the run ${where}.`)
      if (live.status !== 'stopping') setStatus('starting', null)
    },
    progress({ progress }) {
      const { phase, step, totalSteps } = progress
      // Between two steps: the first message after freezing still carries the step before it.
      if (phase === 'integer-training' && live.phase !== 'integer-training') recorder.patch({ frozenStep: step })
      live = { ...live, phase, step, totalSteps, progress }
      recorder.patch({ phase, step, totalSteps })
      recorder.event({ type: 'progress', runId, progress })
    },
    paused() {
      clock.pause()
      if (live.status !== 'stopping') setStatus('paused', hold.reason)
      void flush()
    },
    continued() {
      clock.go()
      announced = ''
      if (live.status !== 'stopping') setStatus('running', null)
      void flush()
    },
    metrics({ series }) {
      recorder.metrics(series)
      const step = newestStep(series)
      if (step !== null) recorder.metrics(clock.points(step))
    },
    widths: ({ history }) => recorder.widths(history),
    widthGradients: ({ rows }) => recorder.widthGradients(rows),
    log: ({ time, level, message }) => recorder.log({ time, level, message }),
    checkpoint({ step, phase, file, sizeBytes, sha256 }) {
      const inside = isAbsolute(file) ? relative(run.folder, file) : file
      recorder.checkpoint({ step, phase, file: inside.split(sep).join('/'), sizeBytes, sha256, createdAt: Math.round(now()) })
      newest = { step, bytes: sizeBytes }
      const everySteps = stepsOfSaveFrequency(run.config, live.totalSteps)
      // A file that could not be removed now is superfluous at the next checkpoint, too.
      const thin = (): Promise<void> => thinCheckpoints(store, { id: runId, folder: run.folder, everySteps })
      void flush().then(() => thin().catch((error: unknown) => logger.warn('superfluous checkpoints not removed', { runId, error })))
    },
    result({ result }) {
      recorder.patch({ result })
      recorder.event({ type: 'result', runId, result })
    },
    ended(event) {
      ended = event
      tellEnded()
      exitTimer = setTimeout(() => handle.kill(), EXIT_WITHIN_MS)
    },
  }

  handle.onEvent((message) => {
    watchdog.alive()
    const parsed = TrainerEvent.safeParse(message)
    if (parsed.success) {
      const handle = handlers[parsed.data.type] as (event: TrainerEvent) => void
      handle(parsed.data)
      // In the same transaction: after a crash of the engine nothing is missing and nothing is there twice.
      if (cluster !== undefined) recorder.patch({ slurmRecord: cluster.record() })
    } else logger.error('trainer sent a message that is not in the contract', { runId, problem: parsed.error.message })
  })

  let left = false
  let finishing: Promise<RunEnd | null> | null = null
  let tellLeft: () => void = () => undefined
  const leftSaid = new Promise<null>((resolve) => (tellLeft = () => resolve(null)))
  if (cluster !== undefined) {
    const waitReason = (): string | null => cluster.silence ?? waitingSentence(cluster.job)
    cluster.onJob((job) => {
      recorder.patch({ slurmRecord: cluster.record() })
      recorder.event({ type: 'job', runId, job })
      // A job that runs has not spoken yet, or goes on; one that waits again has no trainer.
      if (live.status === 'starting') setStatus('starting', waitReason())
      else if (job.state === 'PENDING' && (live.status === 'running' || live.status === 'paused')) setStatus('starting', waitReason())
    })
    cluster.onSilence(() => {
      if (live.status !== 'stopping') setStatus(live.status, live.status === 'starting' ? waitReason() : (cluster.silence ?? hold.reason))
    })
  }

  const finish = async (exit: TrainerExit): Promise<RunEnd> => {
    if (ended === null && exit.code !== null) await Promise.race([endedSaid, new Promise((resolve) => setTimeout(resolve, LAST_MESSAGES_WITHIN_MS))])
    if (exitTimer !== null) clearTimeout(exitTimer)
    watchdog.stop()
    hold.stop()
    const { status, reason } = await finalOutcome(exit)
    logger.info('trainer is gone', { runId, ...exit, status })
    if (ended === null && exit.tail.trim() !== '' && interruptReason === null && !killedOnRequest)
      log(exit.said?.status === 'stopped' ? 'info' : 'error', `Last output of the training process:\n${exit.tail.trimEnd()}`)
    log(
      status === 'failed' ? 'error' : status === 'interrupted' || status === 'queued' ? 'warning' : 'info',
      reason ?? (status === 'finished' ? 'The run is finished.' : 'The run is stopped.'),
    )
    live = { ...live, progress: null }
    recorder.patch({
      status,
      statusReason: reason,
      ...(status === 'queued' ? {} : { endedAt: now() }),
      ...(status === 'finished' ? { phase: 'done' } : {}),
    })
    if ((await writeLast()) && cluster !== undefined)
      await cluster.discard().catch((error: unknown) => logger.warn('what a job wrote is not removed', { runId, error }))
    return { status, reason }
  }

  const finalOutcome = async (exit: TrainerExit): Promise<RunEnd> => {
    const hung = hangs || exit.hangs === true
    const end = outcome(exit)
    if (interruptReason !== null || killedOnRequest || live.status === 'stopping' || (exit.said !== undefined && !hung)) return end
    // A trainer that failed while its folder could not be written has failed because of that, whatever it says.
    const room = end.status !== 'failed' ? null : ended?.error?.code === 'DISK_FULL' ? end.reason : await problemOfFolder(run.folder, newest.bytes)
    if (room !== null) return judge({ status: 'failed', reason: room }, 'no-room', newest)
    return end.status === 'interrupted' ? judge(end, hung ? 'hang' : causeOf(exit), newest) : end
  }

  const outcome = (exit: TrainerExit): RunEnd => {
    const hung = hangs || exit.hangs === true
    if (ended?.outcome === 'finished') return { status: 'finished', reason: null }
    if (ended?.outcome === 'failed')
      return { status: 'failed', reason: ended.error?.message ?? 'The training process reported a failure without a reason; its log says more.' }
    if (interruptReason !== null) return { status: 'interrupted', reason: interruptReason }
    if (ended?.outcome === 'stopped') return { status: 'stopped', reason: null }
    if (killedOnRequest) return { status: 'stopped', reason: 'Stopped at once; what came after the last checkpoint is computed again by Resume.' }
    if (exit.said !== undefined && !hung) return exit.said
    if (cluster !== undefined) return { status: 'interrupted', reason: exitReason(exit, { hangs: hung, memoryKills: null }) }
    return { status: 'interrupted', reason: exitReason(exit, { hangs, memoryKills: since(memoryKillsBefore, memoryKills()) }) }
  }

  /** Whether all is stored. The end of a run is worth waiting for room on the disk; an engine that closes does not wait. */
  const writeLast = async (): Promise<boolean> => {
    for (;;) {
      try {
        await recorder.flush()
        return true
      } catch (error) {
        handleWriteFailure(error)
        if (interruptReason !== null || left) return false
        await new Promise((resolve) => setTimeout(resolve, RETRY_LAST_WRITE_MS))
      } finally {
        recorder.stop()
      }
    }
  }

  return {
    get live() {
      return { ...live, job: cluster?.job ?? null }
    },
    pause() {
      hold.pausedByPerson()
      handle.send({ type: 'pause' })
    },
    async continue() {
      const reason = await hold.goOnForPerson()
      if (reason !== null) throw new StudioError('DISK_FULL', reason)
    },
    stop(mode) {
      if (mode === 'now') killedOnRequest = true
      setStatus('stopping', null)
      void flush()
      if (mode === 'now') handle.kill()
      else handle.send({ type: 'stop' })
    },
    interrupt(reason) {
      interruptReason ??= reason
      if (ended === null) handle.send({ type: 'stop' })
    },
    kill: () => handle.kill(),
    leave:
      cluster === undefined
        ? null
        : async () => {
            left = true
            watchdog.stop()
            hold.stop()
            await cluster.detach()
            if (finishing !== null) return void (await finishing)
            await recorder.flush().catch((error: unknown) => logger.error('the last of a run is not stored; it is read again', { runId, error }))
            recorder.stop()
            tellLeft()
          },
    done: Promise.race([
      leftSaid,
      handle.exited.catch((error: unknown): TrainerExit => ({ code: null, signal: null, tail: String(error) })).then((exit) => (finishing = finish(exit))),
    ]),
  }
}

/** Why a run that has a job has no trainer yet; null once it has. */
function waitingSentence({ jobId, state, reason, node, restarts }: SlurmJob): string | null {
  if (state === 'UNSUBMITTED') return 'It is being submitted to Slurm.'
  if (jobId === null) return null
  if (state === 'RUNNING' || state === 'CONFIGURING') return `Slurm job ${jobId} begins on node ${node ?? '?'}.`
  const again = restarts === 0 ? '' : ' again'
  return state === 'PENDING' ? `Slurm job ${jobId} is pending${again}${reason === null ? '' : `: ${reason}`}.` : `Slurm job ${jobId} is ${state.toLowerCase()}.`
}

import { open, rm } from 'node:fs/promises'
import type { SlurmJob, SlurmRecord } from '../contract/slurm'
import type { TrainerExit, TrainerHandle } from '../contract/trainer-channel'
import type { TrainerCommand, TrainerEvent } from '../contract/trainer-messages'
import type { Logger } from '../util/logger'
import { forgotten, isOver, isWaiting, slurmSays } from './end-reason'
import type { JobNews, JobWatch } from './job-watch'
import { allLines, linesFrom, parsedLine } from './line-reader'
import { createLineWriter } from './line-writer'
import type { JobState, SlurmCommands } from './slurm-commands'
import { jobFiles, SpoolEntry } from './spool-entry'

export interface JobHandleDeps {
  readonly commands: SlurmCommands
  readonly watch: JobWatch
  readonly logger: Logger
  /** How often what jobs wrote is looked at. */
  readonly readEveryMs: number
}

/** What a job writes with its last breath may come into sight after Slurm's word that it is over. */
const LAST_WORDS_WITHIN_MS = 2_000
const TAIL_BYTES = 8_000
const STOPPED_BEFORE = 'Stopped before it began.'
const STOPPED_AT_ONCE = 'Stopped at once; what came after the last checkpoint is computed again by Resume.'

/**
 * A job as the trainer that it is to the engine. `find` gives the number of the job, by submitting it or by looking for one that an earlier engine
 * submitted; where it rejects or finds none, that is the trainer's end.
 */
export function createJobHandle(
  { commands, watch, logger, readEveryMs }: JobHandleDeps,
  run: { readonly id: string; readonly folder: string },
  from: SlurmRecord,
  find: () => Promise<string | NonNullable<TrainerExit['said']>>,
): TrainerHandle {
  const files = jobFiles(run.folder, from.submission)
  let { job, offset, at } = from
  let hasBegun = offset > 0
  let exit: Omit<TrainerExit, 'said'> | null = null
  let left = false
  let ended = false
  let over = false
  let stopWanted = false
  /** Why the folder can't be read, and why Slurm can't be asked. */
  let unread: string | null = null
  let unasked: string | null = null
  let detached = false
  let timer: NodeJS.Timeout | null = null
  let reading: Promise<void> = Promise.resolve()
  let unwatch: () => void = () => undefined
  const onEvent: ((event: TrainerEvent) => void)[] = []
  const onJob: ((job: SlurmJob) => void)[] = []
  const onSilence: ((sentence: string | null) => void)[] = []
  let resolveExited: (exit: TrainerExit) => void = () => undefined
  const exited = new Promise<TrainerExit>((resolve) => (resolveExited = resolve))
  let tellCaughtUp: () => void = () => undefined
  const caughtUp = new Promise<void>((resolve) => (tellCaughtUp = resolve))
  const orders = createLineWriter(files.commands, (error) => logger.warn('a command is not written yet', { runId: run.id, error: String(error) }))

  const setJob = (change: Partial<SlurmJob>): void => {
    const next = { ...job, ...change }
    if ((Object.keys(next) as (keyof SlurmJob)[]).every((key) => next[key] === job[key])) return
    job = next
    if (!detached) for (const listener of onJob) listener(job)
  }
  const silence = (): string | null => unread ?? unasked
  const setSilence = (change: { unread?: string | null; unasked?: string | null }): void => {
    const before = silence()
    if (change.unread !== undefined) unread = change.unread
    if (change.unasked !== undefined) unasked = change.unasked
    if (silence() === before || detached) return
    for (const listener of onSilence) listener(silence())
  }
  const tell = (event: TrainerEvent): void => {
    for (const listener of onEvent) listener(event)
  }
  const end = (how: TrainerExit): void => {
    if (detached) return
    unwatch()
    if (timer !== null) clearTimeout(timer)
    timer = null
    detached = true
    resolveExited(how)
  }

  const receive = (entry: SpoolEntry): void => {
    switch (entry.kind) {
      case 'life':
        hasBegun = true
        left = false
        exit = null
        // Told at the time of what came last: the time in Slurm's queue is not the trainer's.
        if (entry.resumed !== null) tell({ type: 'resumed', ...entry.resumed })
        at = entry.at
        return setJob({ state: 'RUNNING', reason: null, node: entry.node, restarts: entry.restarts })
      case 'event':
        at = entry.at
        if (entry.event.type === 'ended') {
          ended = true
          setJob({ state: 'ENDED', reason: null })
        }
        return tell(entry.event)
      case 'left':
        at = entry.at
        left = true
        return watch.askNow()
      case 'exit':
        at = entry.at
        exit = entry
        return watch.askNow()
    }
  }
  /** Everything that is there now. */
  const readAll = async (): Promise<void> => {
    for (;;) {
      const lines = await linesFrom(files.events, offset)
      if (lines.length === 0 || detached) return
      for (const { text, end: behind } of lines) {
        const entry = SpoolEntry.safeParse(parsedLine(text))
        offset = behind
        if (entry.success) receive(entry.data)
        else if (text !== '') logger.warn('a line of a job is left out', { runId: run.id, problem: entry.error.message })
        if (ended) return end({ code: 0, signal: null, tail: '' })
      }
    }
  }
  const read = (): Promise<void> => {
    const attempt = async (): Promise<void> => {
      try {
        await readAll()
        setSilence({ unread: null })
      } catch (error) {
        setSilence({ unread: `What the job writes can't be read (${error instanceof Error ? error.message : String(error)}); it is read when it can.` })
      }
    }
    reading = reading.then(attempt)
    return reading
  }
  const readOn = (): void => {
    timer = setTimeout(() => void read().then(() => void (!detached && !over && readOn())), readEveryMs)
  }

  const finish = async (state: JobState | null): Promise<void> => {
    if (over) return
    over = true
    const giveUpAt = performance.now() + LAST_WORDS_WITHIN_MS
    do await read()
    while (!detached && !left && exit === null && hasBegun && (unread !== null || performance.now() < giveUpAt) && (await later(readEveryMs)))
    if (detached) return
    const jobId = job.jobId ?? '?'
    const node = state?.node ?? job.node
    setJob({ state: state?.state ?? 'UNKNOWN', reason: state?.reason ?? null, node })
    // Ended by us, perhaps through an engine that is gone.
    if (stopWanted && (state?.state === 'CANCELLED' || state?.state === 'FAILED')) {
      const reason = left ? 'Stopped with a checkpoint.' : hasBegun ? STOPPED_AT_ONCE : STOPPED_BEFORE
      return end({ code: null, signal: null, tail: '', said: { status: 'stopped', reason } })
    }
    const says = state === null ? forgotten(jobId) : slurmSays(jobId, { ...state, node }, hasBegun)
    const asked = left
      ? ({ status: 'interrupted', reason: `Slurm job ${jobId} was asked to end and has written a checkpoint. Resume goes on from it.` } as const)
      : null
    const silent =
      exit === null
        ? ({
            status: 'interrupted',
            reason: `Slurm job ${jobId} ended (${state?.state ?? ''}) without a word of the training process. Everything recorded so far is kept; Resume goes on from the last checkpoint.`,
          } as const)
        : null
    const said = says ?? asked ?? silent
    const tail = exit === null ? await tailOf(files.output) : exit.tail
    end({ code: exit?.code ?? null, signal: exit?.signal ?? null, tail, ...(exit?.hangs === true ? { hangs: true } : {}), ...(said === null ? {} : { said }) })
  }

  const hear = (news: JobNews): void => {
    if (detached || over) return
    if ('problem' in news) return setSilence({ unasked: `Slurm does not answer (${news.problem}); the job is taken to be as it was.` })
    setSilence({ unasked: null })
    const { state } = news
    if (state === null)
      return void commands
        .accounted(job.jobId ?? '')
        .then(finish, (error: unknown) => logger.warn('the accounting does not answer', { runId: run.id, error: String(error) }))
    if (isOver(state.state)) return void finish(state)
    if (isWaiting(state.state)) return setJob({ state: state.state, reason: state.reason, node: null })
    setJob({ state: state.state, reason: null, node: state.node ?? job.node })
  }
  let cancelling: Promise<void> = Promise.resolve()
  const cancel = (options: readonly string[] = []): Promise<void> => {
    const { jobId } = job
    if (jobId === null) return Promise.resolve()
    cancelling = cancelling
      .then(() => commands.cancel(jobId, options))
      .catch((error: unknown) => logger.warn('a job was not cancelled', { runId: run.id, error: String(error) }))
      .then(() => watch.askNow())
    return cancelling
  }
  const start = async (): Promise<void> => {
    if (from.job.jobId !== null && (await allLines(files.commands)).some((line) => line.includes('"stop"'))) stopWanted = true
    const found = job.jobId ?? (await find())
    if (typeof found !== 'string') return end({ code: null, signal: null, tail: '', said: found })
    setJob({ jobId: found, ...(job.state === 'UNSUBMITTED' ? { state: 'PENDING' } : {}) })
    if (stopWanted && !hasBegun) await cancel()
    if (detached) return
    await read()
    if (detached) return
    unwatch = watch.watch(found, (news) => {
      hear(news)
      if (!over) tellCaughtUp()
    })
    readOn()
  }
  // In the next turn, when whoever made the handle listens.
  setImmediate(() => {
    start().catch((error: unknown) =>
      end({
        code: null,
        signal: null,
        tail: '',
        said: {
          status: 'failed',
          reason: `Slurm took no job: ${error instanceof Error ? error.message : String(error)} Correct the section slurm of the configuration, or run it on this machine.`,
        },
      }),
    )
  })

  return {
    pid: null,
    send(command: TrainerCommand) {
      orders.write(command)
      if (command.type !== 'stop') return
      stopWanted = true
      // Where nothing runs, nobody reads the command.
      if (job.jobId !== null && (isWaiting(job.state) || !hasBegun)) void cancel()
    },
    onEvent: (listener) => void onEvent.push(listener),
    exited,
    kill() {
      // Written down, so that the next engine knows whose wish it was.
      orders.write({ type: 'stop' } satisfies TrainerCommand)
      stopWanted = true
      void cancel(['--signal=KILL', '--full'])
      void cancel()
    },
    cluster: {
      get job() {
        return job
      },
      onJob: (listener) => void onJob.push(listener),
      record: () => ({ submission: from.submission, job, offset, at }),
      now: () => at,
      get silence() {
        return silence()
      },
      onSilence: (listener) => void onSilence.push(listener),
      caughtUp,
      async detach() {
        detached = true
        unwatch()
        if (timer !== null) clearTimeout(timer)
        timer = null
        await Promise.all([orders.flush(), cancelling])
      },
      discard: () => rm(files.events, { force: true }),
    },
  }
}

const later = (ms: number): Promise<true> => new Promise((resolve) => setTimeout(() => resolve(true), ms))

/** The last of what a job's processes printed; empty where there is no file. */
async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return ''
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    await handle.read(bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8')
  } finally {
    await handle.close()
  }
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { TrainerHost } from '../contract/trainer-channel'
import { type ResumedAt, TrainerCommand, type TrainerSpec } from '../contract/trainer-messages'
import { sha256OfFile } from '../util/file-hash'
import type { Logger } from '../util/logger'
import { allLines, linesFrom, parsedLine } from './line-reader'
import { createLineWriter } from './line-writer'
import { filesIn, JobOrders, SpoolEntry } from './spool-entry'

const LISTEN_EVERY_MS = 250
const LOOK_FOR_ANOTHER_EVERY_MS = 10_000

/** Exit codes of the job: what Slurm shows of it. */
const ENDED = { finished: 0, stopped: 0, failed: 1 } as const
const ASKED_TO_END = 143

export interface JobRunnerDeps {
  readonly trainerHost: TrainerHost
  readonly logger: Logger
  /** Variables that Slurm gives a job. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls the listener when Slurm asks the job to end: before a preemption, a requeue, a time limit. */
  onEndAsked(listener: () => void): void
  /** Calls the second once when the trainer has neither spoken nor computed for too long. */
  watchTrainer(trainer: { pid(): number | null; isPaused(): boolean }, onHang: () => void): { alive(): void; stop(): void }
}

/**
 * The work of a job: starts a trainer on its node, writes down what it reports, and hands it the engine's commands. Started again by Slurm, it goes on
 * from the newest checkpoint that it has reported itself, whether an engine is there or not. Resolves with the exit code.
 */
export async function runJob(folder: string, { trainerHost, logger, env, onEndAsked, watchTrainer }: JobRunnerDeps): Promise<number> {
  const files = filesIn(folder)
  const { spec, from } = JobOrders.parse(JSON.parse(await readFile(files.orders, 'utf8')))
  const past = (await allLines(files.marks)).flatMap((line) => SpoolEntry.safeParse(parsedLine(line)).data ?? [])
  if (past.some((entry) => entry.kind === 'event' && entry.event.type === 'ended')) return 0

  const isFirst = !past.some(({ kind }) => kind === 'life')
  const start = isFirst ? { resumeFrom: spec.resumeFrom, at: from } : await newestCheckpoint(spec, from, past)
  const id = randomBytes(8).toString('hex')
  const complain = (error: unknown): void => logger.error("what the run reports can't be written", { error: String(error) })
  const spool = createLineWriter(files.events, complain)
  const marks = createLineWriter(files.marks, complain)
  const say = (entry: SpoolEntry): void => {
    spool.write(entry)
    if (entry.kind === 'life' || (entry.kind === 'event' && (entry.event.type === 'checkpoint' || entry.event.type === 'ended'))) marks.write(entry)
  }
  const node = env['SLURMD_NODENAME'] ?? hostname()
  say({ kind: 'life', at: Date.now(), id, node, restarts: Number(env['SLURM_RESTART_COUNT'] ?? 0), resumed: isFirst ? null : start.at })

  const handle = trainerHost.start({ ...spec, resumeFrom: start.resumeFrom })
  let stopWanted = false
  let endAsked = false
  let exitCode: number | null = null
  let paused = false
  let hangs = false
  const watchdog = watchTrainer({ pid: () => handle.pid, isPaused: () => paused }, () => {
    hangs = true
    handle.kill()
  })
  onEndAsked(() => {
    endAsked = true
    handle.send({ type: 'stop' })
  })
  handle.onEvent((event) => {
    watchdog.alive()
    if (event.type === 'paused' || event.type === 'continued') paused = event.type === 'paused'
    if (event.type === 'ended') {
      exitCode = ENDED[event.outcome]
      // Slurm's wish is not the person's: the run is not stopped by it.
      if (event.outcome === 'stopped' && endAsked && !stopWanted) {
        exitCode = ASKED_TO_END
        return say({ kind: 'left', at: Date.now() })
      }
    }
    say({ kind: 'event', at: Date.now(), event })
  })

  let heard = 0
  const listen = async (): Promise<void> => {
    const lines = await linesFrom(files.commands, heard)
    for (const { text, end } of lines) {
      heard = end
      const command = TrainerCommand.safeParse(parsedLine(text))
      if (!command.success || command.data.type === 'start') continue
      if (command.data.type === 'stop') stopWanted = true
      handle.send(command.data)
    }
  }
  const listening = every(LISTEN_EVERY_MS, listen, logger)
  const looking = every(
    LOOK_FOR_ANOTHER_EVERY_MS,
    async () => {
      // A node that was given up for lost and comes back: the job has begun elsewhere, and only one may write.
      if (await isSuperseded(files.marks, id)) handle.kill()
    },
    logger,
  )
  const exit = await handle.exited
  listening.stop()
  looking.stop()
  watchdog.stop()
  if (exitCode === null) say({ kind: 'exit', at: Date.now(), code: exit.code, signal: exit.signal, tail: exit.tail, hangs })
  await Promise.all([spool.flush(), marks.flush()])
  return exitCode ?? exit.code ?? 1
}

function every(ms: number, work: () => Promise<void>, logger: Logger): { stop(): void } {
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const turn = (): void => {
    timer = setTimeout(() => {
      void work()
        .catch((error: unknown) => logger.warn('the folder of the job is out of reach', { error: String(error) }))
        .then(() => !stopped && turn())
    }, ms)
  }
  turn()
  return {
    stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

async function newestCheckpoint(
  spec: TrainerSpec,
  from: ResumedAt,
  past: readonly SpoolEntry[],
): Promise<{ resumeFrom: TrainerSpec['resumeFrom']; at: ResumedAt }> {
  for (const entry of past.toReversed()) {
    if (entry.kind !== 'event' || entry.event.type !== 'checkpoint') continue
    const { file, sha256, step, phase } = entry.event
    const path = isAbsolute(file) ? file : join(spec.folder, file)
    // Missing where superfluous ones were removed; damaged where the node died while writing.
    if ((await sha256OfFile(path).catch(() => null)) === sha256) return { resumeFrom: { file: path, sha256 }, at: { step, phase } }
  }
  return { resumeFrom: spec.resumeFrom, at: from }
}

async function isSuperseded(file: string, id: string): Promise<boolean> {
  const lives = (await allLines(file)).flatMap((line) => {
    const entry = line.startsWith('{"kind":"life"') ? SpoolEntry.safeParse(parsedLine(line)).data : undefined
    return entry?.kind === 'life' ? [entry.id] : []
  })
  return lives.length > 0 && lives.at(-1) !== id
}

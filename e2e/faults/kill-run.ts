import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import { type Command, killAtOnce, startCommand, trainerOf } from './command'
import type { SmallRun } from './small-run'

export type Victim = 'trainer' | 'engine' | 'everything'
export type Moment = 'at random' | 'in a checkpoint'

export interface Kill {
  readonly victim: Victim
  readonly moment: Moment
  /** For `at random`: after the start of the command. */
  readonly afterMs: number
}

const strike: Readonly<Record<Victim, (command: Command) => void>> = {
  trainer: (command) => killAtOnce(trainerOf(command)),
  engine: (command) => killAtOnce(command.child.pid ?? null),
  everything: (command) => killAtOnce(-(command.child.pid ?? 0)),
}

/** Resolves when the next checkpoint begins to be written, or when the command ends. */
async function nextCheckpoint(command: Command, workspace: string): Promise<void> {
  const runId = await Promise.race([
    command.line(({ runId }) => runId !== undefined).then((line) => line.runId),
    command.exited.then(() => undefined),
  ])
  const folder = join(workspace, 'runs', runId ?? '', 'checkpoints')
  if (runId === undefined || !existsSync(folder)) return
  const watcher = watch(folder)
  const part = new Promise<void>((resolve) => {
    watcher.on('change', (_event, name) => {
      if (String(name).endsWith('.part')) resolve()
    })
  })
  await Promise.race([part, command.exited])
  watcher.close()
}

export interface Survived {
  readonly runId: string
  /** Kills that met something alive. */
  readonly kills: readonly Kill[]
  /** From each start after a kill to the first new point. */
  readonly recoveryMs: readonly number[]
}

/** Trains the small run, kills what is to be killed on the way, resumes after each kill, and lets it finish in the end. */
export async function trainThroughKills(workspace: string, run: SmallRun, kills: readonly Kill[]): Promise<Survived> {
  const done: Kill[] = []
  const recoveryMs: number[] = []
  let runId: string | null = null
  const start = (): Command =>
    startCommand([...(runId === null ? ['train', '-c', run.config] : ['resume', runId]), '--workspace', workspace], run.env)

  for (const kill of kills) {
    const command = start()
    const moment = kill.moment === 'at random' ? later(kill.afterMs) : nextCheckpoint(command, workspace)
    await Promise.race([moment, command.exited])
    if (command.child.exitCode === null && command.child.signalCode === null) done.push(kill)
    strike[kill.victim](command)
    const { code, stderr } = await command.exited
    runId ??= command.lines.find((line) => line.runId !== undefined)?.runId ?? null
    if (done.length > 1 && command.firstPointAt !== null) recoveryMs.push(command.firstPointAt - command.startedAt)
    if (code === 0) return { runId: runId ?? '', kills: done, recoveryMs }
    if (code !== null && ![0, 3].includes(code)) throw new Error(`The command ended with ${code}: ${stderr}`)
  }
  const last = start()
  const { code, stderr } = await last.exited
  runId ??= last.lines.find((line) => line.runId !== undefined)?.runId ?? null
  if (last.firstPointAt !== null && done.length > 0) recoveryMs.push(last.firstPointAt - last.startedAt)
  if (code !== 0) throw new Error(`The run did not finish after ${JSON.stringify(done)} (exit code ${String(code)}): ${stderr}`)
  return { runId: runId ?? '', kills: done, recoveryMs }
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

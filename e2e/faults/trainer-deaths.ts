import { type Accident, endsWell, isPoint, nextPoint, runIdOf, told } from './accident'
import { killAtOnce, startCommand, trainerOf } from './command'
import { createMemoryGroup } from './memory-group'
import type { SmallRun } from './small-run'

/** A signal to the trainer in the middle of its work; the reason is told, and nobody does anything about it. */
async function strikeTrainer(workspace: string, run: SmallRun, signal: NodeJS.Signals, reason: string): Promise<Accident> {
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], run.env)
  await command.line(isPoint)
  const began = Date.now()
  killAtOnce(trainerOf(command), signal)
  await told(command, reason)
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs }
}

/** The trainer crashes in native code. */
export const crashTrainer = (workspace: string, run: SmallRun): Promise<Accident> => strikeTrainer(workspace, run, 'SIGSEGV', 'crashed in native code (SIGSEGV)')

/** The trainer stands still for good. */
export const hangTrainer = (workspace: string, run: SmallRun): Promise<Accident> =>
  strikeTrainer(workspace, { ...run, env: { ...run.env, FRACBITS_HANG_AFTER_SECONDS: '3' } }, 'SIGSTOP', 'stopped answering and computing')

/**
 * The kernel ends the trainer for want of memory. The run is not started again by itself, for it would only need as much again; it says why,
 * and a person resumes it when there is room. Null where memory can't be limited.
 */
export async function runOutOfMemory(workspace: string, run: SmallRun): Promise<Accident | null> {
  const group = createMemoryGroup(`fracbits-faults-${process.pid}-${Date.now()}`)
  if (group === null) return null
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], run.env, group.wrap)
  await command.line(isPoint)
  group.close()
  const hungry = group.squeeze()
  const gone = new Promise((resolve) => hungry.on('close', resolve))
  try {
    await told(command, 'because memory ran out')
    if (command.lines.some(({ status, reason }) => status === 'queued' && Boolean(reason)))
      throw new Error('a run that memory ran out for was started again by itself')
  } finally {
    hungry.kill('SIGKILL')
    await gone
    await command.exited
    await group.remove()
  }
  const runId = runIdOf(command)
  const began = Date.now()
  const resumed = startCommand(['resume', runId, '--workspace', workspace], run.env)
  const recoveryMs = await nextPoint(resumed, began)
  await endsWell(resumed)
  return { runId, recoveryMs }
}

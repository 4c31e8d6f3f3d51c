import { type Accident, endsWell, isPoint, nextPoint, runIdOf, told } from './accident'
import { killAtOnce, startCommand, trainerOf } from './command'
import { createMemoryGroup } from './memory-group'
import type { SmallRun } from './small-run'

/** The trainer crashes in native code in the middle of its work; nobody does anything about it. */
export async function crashTrainer(workspace: string, run: SmallRun): Promise<Accident> {
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], run.env)
  await command.line(isPoint)
  const began = Date.now()
  killAtOnce(trainerOf(command), 'SIGSEGV')
  await told(command, 'crashed in native code (SIGSEGV)')
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs }
}

/** The trainer stands still for good; nobody does anything about it. */
export async function hangTrainer(workspace: string, run: SmallRun): Promise<Accident> {
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], { ...run.env, FRACBITS_HANG_AFTER_SECONDS: '3' })
  await command.line(isPoint)
  const began = Date.now()
  killAtOnce(trainerOf(command), 'SIGSTOP')
  await told(command, 'stopped answering and computing')
  const recoveryMs = await nextPoint(command, began)
  await endsWell(command)
  return { runId: runIdOf(command), recoveryMs }
}

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

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { openDatabase } from '../../src/store/database'
import { type Accident, endsWell, isPoint, nextPoint, runIdOf, startsOf } from './accident'
import { type Command, killAtOnce, startCommand, trainerOf } from './command'
import type { SmallRun } from './small-run'

const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds))

async function endsWithoutAlarm(command: Command, recoveryMs: number): Promise<Accident> {
  await endsWell(command)
  const alarms = command.lines.flatMap(({ type, reason }) => (type === 'status' && reason ? [reason] : []))
  if (alarms.length > 0 || startsOf(command) !== 1)
    throw new Error(`There was a false alarm: ${alarms.join('; ')} (${String(startsOf(command))} starts)`)
  return { runId: runIdOf(command), recoveryMs }
}

/** The trainer is given no processor for a while, less than would make it a hanging one. */
export async function starveTrainer(workspace: string, run: SmallRun, seconds: number): Promise<Accident> {
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], run.env)
  await command.line(isPoint)
  const trainer = trainerOf(command)
  killAtOnce(trainer, 'SIGSTOP')
  await wait(seconds)
  const began = Date.now()
  killAtOnce(trainer, 'SIGCONT')
  return endsWithoutAlarm(command, await nextPoint(command, began))
}

/** All of the application stands still, as a machine does that sleeps, for much longer than a trainer may be silent. */
export async function sleepAndWake(workspace: string, run: SmallRun, seconds: number): Promise<Accident> {
  const hangAfter = String(Math.ceil(seconds / 3))
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], { ...run.env, FRACBITS_HANG_AFTER_SECONDS: hangAfter })
  await command.line(isPoint)
  const everything = -(command.child.pid ?? 0)
  killAtOnce(everything, 'SIGSTOP')
  await wait(seconds)
  const began = Date.now()
  killAtOnce(everything, 'SIGCONT')
  return endsWithoutAlarm(command, await nextPoint(command, began))
}

const HOUR_MS = 3_600_000

/** The clock of every process of the application is set back an hour and then ahead by two days, in the middle of the work. */
export async function jumpClock(workspace: string, run: SmallRun): Promise<Accident> {
  const offset = join(workspace, `clock-${String(Date.now())}`)
  writeFileSync(offset, '0')
  const env = {
    ...run.env,
    NODE_OPTIONS: `--import ${join(import.meta.dirname, 'set-clock.mjs')}`,
    SET_CLOCK_FILE: offset,
    FRACBITS_HANG_AFTER_SECONDS: '20',
  }
  const command = startCommand(['train', '-c', run.config, '--workspace', workspace], env)
  await command.line(isPoint)
  writeFileSync(offset, String(-HOUR_MS))
  await nextPoint(command, 0)
  const began = Date.now()
  writeFileSync(offset, String(48 * HOUR_MS))
  const accident = await endsWithoutAlarm(command, await nextPoint(command, began))
  const problem = await wrongTimes(workspace, accident.runId)
  if (problem !== null) throw new Error(problem)
  return accident
}

/** Times of a run neither go back nor leap. */
async function wrongTimes(workspace: string, runId: string): Promise<string | null> {
  const database = await openDatabase(join(workspace, 'studio.db'))
  try {
    const rows = await database.all(
      "SELECT s.key, m.step, m.value FROM metrics m JOIN series s ON s.number = m.series JOIN runs r ON r.number = m.run WHERE r.id = ? AND s.key LIKE 'time/%' ORDER BY s.key, m.step",
      [runId],
    )
    const times = z.array(z.object({ key: z.string(), step: z.number(), value: z.number() })).parse(rows)
    const wrong = times.find(({ key, value }, index) => {
      const before = times[index - 1]
      return value < 0 || value > 3600 || (before?.key === key && value < before.value)
    })
    if (times.length === 0) return 'the run has no times'
    return wrong === undefined ? null : `${wrong.key} is ${String(wrong.value)} s at step ${String(wrong.step)}`
  } finally {
    await database.close()
  }
}

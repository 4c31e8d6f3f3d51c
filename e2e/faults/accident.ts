import type { Command, Line } from './command'

/** What an accident left behind. */
export interface Accident {
  readonly runId: string
  /** From putting it right (or, where nobody did anything, from the accident) until the run went on. */
  readonly recoveryMs: number
  /** Takes away what the accident needed. */
  remove?(): void
}

export const isPoint = ({ type }: Line): boolean => type === 'metrics'

export const runIdOf = (command: Command): string => command.lines.find(({ runId }) => runId !== undefined)?.runId ?? ''

/** Resolves once a status with these words in its reason was told. */
export const told = (command: Command, words: string): Promise<Line> =>
  command.line(({ type, reason }) => type === 'status' && reason?.includes(words) === true)

const pointsOf = (command: Command): number => command.lines.filter(isPoint).length

/** Resolves with the time from `began` to the next point (or to the end, when there is none). */
export async function nextPoint(command: Command, began: number): Promise<number> {
  const before = pointsOf(command)
  await Promise.race([command.line(() => pointsOf(command) > before), command.exited])
  return Date.now() - began
}

/** Rejects unless the command ends well. */
export async function endsWell(command: Command): Promise<void> {
  const { code, stderr } = await command.exited
  if (code !== 0) throw new Error(`The command ended with ${String(code)}: ${stderr}`)
}

/** How often a trainer began. */
export const startsOf = (command: Command): number => command.lines.filter(({ type }) => type === 'started').length

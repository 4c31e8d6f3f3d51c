import type { TrainerExit } from '../contract/trainer-channel'

const KEPT = 'Everything recorded so far is kept; Resume goes on from the last checkpoint.'

const CRASHES: Readonly<Record<string, string>> = {
  SIGSEGV: 'SIGSEGV',
  SIGABRT: 'SIGABRT',
  SIGBUS: 'SIGBUS',
  SIGILL: 'SIGILL',
  SIGFPE: 'SIGFPE',
  SIGTRAP: 'SIGTRAP',
}

/** How a shell (128 + n) and Electron (n) write a signal into an exit code. */
const SIGNAL_OF_CODE: Readonly<Record<number, string>> = {
  9: 'SIGKILL',
  137: 'SIGKILL',
  11: 'SIGSEGV',
  139: 'SIGSEGV',
  6: 'SIGABRT',
  134: 'SIGABRT',
  135: 'SIGBUS',
  132: 'SIGILL',
  143: 'SIGTERM',
  15: 'SIGTERM',
}

/** Why a trainer is gone without having said so. */
export type RunEndCause = 'crash' | 'hang' | 'killed' | 'ended-outside' | 'exit' | 'no-room'

const signalOf = ({ code, signal }: TrainerExit): string | null => signal ?? (code === null ? null : (SIGNAL_OF_CODE[code] ?? null))

export function causeOf(exit: TrainerExit): RunEndCause {
  const name = signalOf(exit)
  if (name === 'SIGKILL') return 'killed'
  if (name === null) return 'exit'
  return CRASHES[name] === undefined ? 'ended-outside' : 'crash'
}

export interface ExitFacts {
  /** It was killed by us because it hung. */
  readonly hangs?: boolean
  /** Processes that the system ended for want of memory meanwhile; null where that is not counted. */
  readonly memoryKills?: number | null
}

function killed(memoryKills: number | null): string {
  const remedy = 'close other programs or choose a smaller batch_size'
  if (memoryKills === null) return `The training process was killed (signal 9), most likely because memory ran out: ${remedy}.`
  if (memoryKills > 0) return `The training process was killed by the system because memory ran out: ${remedy}.`
  return `The training process was killed (signal 9), but not because memory ran out: another program or person did it.`
}

/** The sentence for a run whose trainer is gone without having said so. */
export function exitReason(exit: TrainerExit, { hangs = false, memoryKills = null }: ExitFacts = {}): string {
  const { code, tail } = exit
  const name = signalOf(exit)
  if (hangs) return `The training process had stopped answering and computing, and was ended. ${KEPT}`
  if (name === 'SIGKILL') return `${killed(memoryKills)} ${KEPT}`
  if (name !== null && CRASHES[name] !== undefined) return `The training process crashed in native code (${name}). ${KEPT}`
  if (name !== null) return `The training process was ended from outside (${name}). ${KEPT}`
  if (code === 0) return `The training process ended without finishing the run. ${KEPT}`
  const [lastLine] = tail.trimEnd().split('\n').slice(-1)
  const said = lastLine ? ` Its last words: ${lastLine.slice(0, 300)}` : ''
  return `The training process ended unexpectedly with exit code ${code ?? 'unknown'}. ${KEPT}${said}`
}

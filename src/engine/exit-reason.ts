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

/** The sentence for a run whose trainer is gone without having said so. */
export function exitReason({ code, signal, tail }: TrainerExit): string {
  const name = signal ?? (code === null ? null : (SIGNAL_OF_CODE[code] ?? null))
  if (name === 'SIGKILL')
    return `The training process was killed (signal 9), most likely because memory ran out: close other programs or choose a smaller batch_size. ${KEPT}`
  if (name !== null && CRASHES[name] !== undefined) return `The training process crashed in native code (${name}). ${KEPT}`
  if (name !== null) return `The training process was ended from outside (${name}). ${KEPT}`
  if (code === 0) return `The training process ended without finishing the run. ${KEPT}`
  const [lastLine] = tail.trimEnd().split('\n').slice(-1)
  const said = lastLine ? ` Its last words: ${lastLine.slice(0, 300)}` : ''
  return `The training process ended unexpectedly with exit code ${code ?? 'unknown'}. ${KEPT}${said}`
}

import { type ErrorCode, StudioError } from '../contract/errors'
import type { RunStatus } from '../contract/entities'

export const EXIT = { ok: 0, failure: 1, badInput: 2, runFailed: 3, stopped: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    something went wrong that is not the fault of the input
  2    bad input: arguments, configuration, data folder, unknown run
  3    the run failed or was interrupted
  130  stopped by you (Ctrl-C, or "stop" from elsewhere)`

const BAD_INPUT_CODES: readonly ErrorCode[] = [
  'BAD_INPUT',
  'CONFIG_INVALID',
  'DATA_MISSING',
  'DATA_CORRUPT',
  'NOT_FOUND',
  'CHECKPOINT_MISMATCH',
  'CHECKPOINT_CORRUPT',
]

export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof StudioError && BAD_INPUT_CODES.includes(error.code) ? EXIT.badInput : EXIT.failure
}

/** Exit code for a run that has come to rest. */
export function exitCodeOfStatus(status: RunStatus, stopRequested: boolean): ExitCode {
  if (status === 'finished') return EXIT.ok
  return stopRequested || status === 'stopped' ? EXIT.stopped : EXIT.runFailed
}

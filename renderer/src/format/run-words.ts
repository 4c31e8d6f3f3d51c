import type { BudgetOutcome, ResultRow, RunPhase, RunStatus } from '../../../src/contract/entities'

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'idle'

/** How a status reads, and the tone in which it is shown. */
export const STATUS_WORDS: Readonly<Record<RunStatus, { label: string; tone: Tone }>> = {
  queued: { label: 'Queued', tone: 'idle' },
  starting: { label: 'Starting', tone: 'info' },
  running: { label: 'Running', tone: 'info' },
  paused: { label: 'Paused', tone: 'warn' },
  stopping: { label: 'Stopping', tone: 'warn' },
  stopped: { label: 'Stopped', tone: 'idle' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
  finished: { label: 'Finished', tone: 'good' },
}

export const PHASE_WORDS: Readonly<Record<RunPhase, string>> = {
  preparing: 'Preparing data and network',
  'fp32-training': 'Training in FP32',
  'fp32-evaluation': 'Evaluating FP32',
  'range-initialisation': 'Finding value ranges',
  'int8-evaluation': 'Evaluating INT8',
  'bit-width-training': 'Learning bit-widths',
  'integer-training': 'Training with frozen integer bit-widths',
  'final-evaluation': 'Evaluating the integer model',
  done: 'Done',
}

export const BUDGET_WORDS: Readonly<Record<BudgetOutcome['kind'], string>> = { model_size: 'Size', bitops: 'Bit operations', hardware: 'Cost' }

export const RESULT_WORDS: Readonly<Record<ResultRow['kind'], string>> = {
  fp32: 'FP32',
  int8: 'INT8',
  rounded: 'Uniform, not trained',
  uniform: 'Uniform',
  mixed: 'Mixed precision',
}

/** Statuses in which a trainer works or will work without anybody's help. */
export const isActive = (status: RunStatus): boolean => status === 'queued' || status === 'starting' || status === 'running' || status === 'stopping'
export const isAlive = (status: RunStatus): boolean => isActive(status) || status === 'paused'

/** Which buttons make sense. Resuming a finished run makes none: nothing is left to do. */
export const canPause = (status: RunStatus): boolean => status === 'running'
export const canContinue = (status: RunStatus): boolean => status === 'paused'
export const canStop = (status: RunStatus): boolean => status === 'running' || status === 'paused' || status === 'starting' || status === 'queued'
export const canKill = (status: RunStatus): boolean => canStop(status) || status === 'stopping'
export const canResume = (status: RunStatus): boolean => status === 'stopped' || status === 'interrupted' || status === 'failed'

/** Phases in which bit-widths no longer move. */
export const isFrozenPhase = (phase: RunPhase): boolean => phase === 'integer-training' || phase === 'final-evaluation' || phase === 'done'

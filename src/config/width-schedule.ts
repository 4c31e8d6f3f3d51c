import type { TrainingConfig } from '../contract/training-config'

/** What divides the epochs of compression, as a configuration has it. */
export type ScheduleKeys = Pick<TrainingConfig, 'epochs' | 'start_epoch'> & { readonly freeze_epoch: number }

/** A way to divide the epochs that can be picked instead of an epoch. */
export interface SchedulePreset {
  readonly name: string
  /** Share of the epochs in which widths are learned; in the others they are whole, and weights adapt. */
  readonly learningShare: number
}

/** The experiments of the method learn widths in most of the epochs and fine-tune in integers in the rest. */
export const EIGHTY_TWENTY: SchedulePreset = { name: '80/20', learningShare: 0.8 }

export const SCHEDULE_PRESETS: readonly SchedulePreset[] = [EIGHTY_TWENTY]

/** `freeze_epoch` of a preset: the nearest epoch that leaves at least one before and one behind it; null where there are not two. */
export function freezeEpochBy({ learningShare }: SchedulePreset, { epochs, start_epoch: start }: Pick<ScheduleKeys, 'epochs' | 'start_epoch'>): number | null {
  const count = epochs - start
  return count < 2 ? null : start + Math.min(count - 1, Math.max(1, Math.round(count * learningShare)))
}

const counted = (count: number): string => (count === 1 ? '1 epoch' : `${String(count)} epochs`)
const span = (first: number, behind: number): string => (behind - first === 1 ? `epoch ${String(first)}` : `${String(first)} to ${String(behind - 1)}`)

/** Which epochs learn widths and which train in integers, in a sentence; epochs are counted from 0. */
export function scheduleWords({ epochs, start_epoch: start, freeze_epoch: freeze }: ScheduleKeys): string {
  const count = Math.max(0, epochs - start)
  if (freeze < 0 || freeze >= epochs) return `Widths are learned in all ${counted(count)}, and rounded only after the last.`
  if (freeze <= start) return `Widths are frozen from the start: ${counted(count)} in integers.`
  return `Widths are learned for ${counted(freeze - start)} (${span(start, freeze)}), then frozen: ${counted(epochs - freeze)} in integers (${span(freeze, epochs)}).`
}

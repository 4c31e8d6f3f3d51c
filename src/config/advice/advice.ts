import type { NetworkOutline } from '../../contract/configurations'
import type { TrainingConfig } from '../../contract/training-config'
import type { ValueEdit } from '../edit-text'

/** A valid configuration that will probably not do what is wanted: why, and what would. */
export interface Advice {
  readonly code: string
  /** Key that it is about. */
  readonly path: string
  readonly title: string
  /** One or two sentences with the numbers it follows from. */
  readonly reason: string
  readonly remedy: Remedy
}

export interface Remedy {
  /** What it does, as a command: `Freeze at epoch 2`. */
  readonly label: string
  readonly edits: readonly ValueEdit[]
}

/** What is known beside the configuration. */
export interface AdviceFacts {
  /** With the exact bounds and shares of the widths. */
  readonly network?: NetworkOutline | null
}

export type Rule = (config: TrainingConfig, facts: AdviceFacts) => Advice | null

type Compression = NonNullable<TrainingConfig['compression']>

/** The compression section if it learns widths. */
export function learning(config: TrainingConfig): Compression | null {
  return config.compression?.algorithm === 'fracbits_quantization' ? config.compression : null
}

export const set = (path: string, value: unknown): ValueEdit => ({ path: path.split('.'), value })

/** A number as a person writes it, with few digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(3)))

/** Rounded to one digit: 0.0372 is 0.04. */
export const plain = (value: number): number => Number(value.toPrecision(1))

import { StudioError } from '../contract/errors'
import type { TrainingConfig } from '../contract/training-config'
import type { DecodeOptions } from '../data/decode-image'

/**
 * Where the original errs, and what this run does there (spec 13; the numbers are its entries). One switch a difference:
 * `true` follows the original, `false` does the right thing.
 */
export interface Compatibility {
  /** Entry 13. Widths freeze only in the epoch `freeze_epoch` itself, and a resume makes them trainable again; else from that epoch on, also after a resume. */
  readonly freezeOnlyAtEpoch: boolean
  /** Entry 12. Frozen widths keep their fraction, and momentum and weight decay go on moving it; else they stay where they were frozen. */
  readonly frozenWidthsDrift: boolean
  /** Entry 15. The rate of an epoch is the one due the epoch before, and `plateau` sees the best accuracy before the epoch; else both are on time. */
  readonly decayOneEpochLate: boolean
  /** Entry 10. Widths that are not frozen are evaluated fractional; else always rounded to integers. */
  readonly evaluatesFractional: boolean
  /** Entries 1 and 10. Widths are rounded half to even, whatever rate that gives; else so that the target is met, unless the configuration says how. */
  readonly roundsPlainly: boolean
  /** Entry 18. A seed keeps the training images in file order; else they are shuffled by it. */
  readonly seedKeepsFileOrder: boolean
  /** Entry 29. `loss.type: bitops` cannot be constructed; else it is computed. */
  readonly refusesBitOps: boolean
  /** Section 10.3. `poly` without an exponent crashes; else the exponent is 0.9. */
  readonly refusesDefaultPoly: boolean
  /** Section 11. Photographs are taken as their rows are stored; else they are turned as their camera noted. */
  readonly ignoresOrientation: boolean
  /** Section 11. Grey PNGs of 16 bits are cut off at 255; else their high bytes are taken. */
  readonly cutsGrey16: boolean
}

const all = (value: boolean): Compatibility => ({
  freezeOnlyAtEpoch: value,
  frozenWidthsDrift: value,
  decayOneEpochLate: value,
  evaluatesFractional: value,
  roundsPlainly: value,
  seedKeepsFileOrder: value,
  refusesBitOps: value,
  refusesDefaultPoly: value,
  ignoresOrientation: value,
  cutsGrey16: value,
})

export const COMPATIBILITY: Readonly<Record<TrainingConfig['compatibility'], Compatibility>> = { nncf: all(true), studio: all(false) }

export const compatibilityOf = (config: Pick<TrainingConfig, 'compatibility'>): Compatibility => COMPATIBILITY[config.compatibility]

/** How image files become pixels. */
export const decodingOf = ({ ignoresOrientation, cutsGrey16 }: Compatibility): DecodeOptions => ({ applyExifOrientation: !ignoresOrientation, scaleGrey16: !cutsGrey16 })

/** Throws CONFIG_INVALID for what the original cannot run. */
export function checkRunnable(config: TrainingConfig, switches = compatibilityOf(config)): void {
  const refuse = (path: string, why: string, remedy: string): never => {
    const message = `${path}: ${why}. ${remedy}, or set "compatibility" to "studio".`
    throw new StudioError('CONFIG_INVALID', message, { issues: [{ path, message }] })
  }
  if (switches.refusesBitOps && config.compression?.algorithm === 'fracbits_quantization' && config.compression.loss.type === 'bitops')
    refuse('compression.loss.type', 'the original has no loss "bitops"', 'Choose "model_size"')
  if (switches.roundsPlainly && config.compression?.rounding !== undefined && config.compression.rounding !== 'plain')
    refuse('compression.rounding', 'the original knows plain rounding only', 'Choose "plain"')
  if (switches.frozenWidthsDrift && config.compression?.oscillation_freezing !== undefined)
    refuse('compression.oscillation_freezing', 'the original moves frozen widths on, and with them the integers that weights would be held at', 'Leave it out')
  if (switches.refusesBitOps && config.compression?.loss.type === 'hardware')
    refuse('compression.loss.type', 'the original has no loss "hardware"', 'Choose "model_size"')
  const { schedule_type, schedule_params, scheduler_params, power } = config.optimizer
  if (switches.refusesDefaultPoly && schedule_type === 'poly' && (schedule_params?.power ?? scheduler_params?.power ?? power) === undefined)
    refuse('optimizer.schedule_type', 'the original crashes on "poly" without an exponent', 'Give schedule_params.power')
}

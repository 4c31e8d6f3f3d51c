import type { TrainingConfig } from '../../contract/training-config'
import type { Advice, AdviceFacts, Rule } from './advice'
import { batchTooLarge, classesMisfit, imageMisfit } from './data'
import { decayNever, learningRateFarOff, randomStart } from './learning-rate'
import { alphaTooSmall, freezeAtOnce, freezeNever, halfRange, rateOutOfReach, widthsTooSlow } from './widths'

export type { Advice, AdviceFacts, Remedy } from './advice'

/** In the order in which they are worth reading: what stops a run first, what only costs accuracy last. */
const RULES: readonly Rule[] = [
  batchTooLarge,
  imageMisfit,
  classesMisfit,
  rateOutOfReach,
  freezeNever,
  freezeAtOnce,
  learningRateFarOff,
  alphaTooSmall,
  widthsTooSlow,
  decayNever,
  randomStart,
  halfRange,
]

/** Advice on a valid configuration. A run that only tests is not trained, so nothing is said of how it would learn. */
export function adviceOn(config: TrainingConfig, facts: AdviceFacts = {}): Advice[] {
  const trains = [config.mode].flat().includes('train')
  const rules = trains ? RULES : [imageMisfit, classesMisfit, halfRange]
  return rules.flatMap((rule) => rule(config, facts) ?? [])
}

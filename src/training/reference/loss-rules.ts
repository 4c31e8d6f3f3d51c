import { z } from 'zod'
import { SizeLossConfig } from '../../contract/training-config'
import { COMPATIBILITY } from '../compatibility'
import { FreezeScheduler } from '../freeze-scheduler'
import type { FamilyChecker } from './fixture'
import { isRefused } from './refusal'

const Event = z.object({ event: z.string(), current_epoch: z.int().optional(), frozen: z.array(z.boolean()) })

/** What `loss.json` holds beside its cases: defaults, sequences of epochs, and refusals. */
export const LossRules = z.object({
  defaults: z.object({ alpha: z.number(), flip_loss: z.boolean(), criteria: z.string(), compression_rate: z.number() }),
  scheduler: z.array(z.object({ freeze_epoch: z.int(), explicit: z.boolean().optional(), sequence: z.array(Event) })),
  errors: z.array(z.tuple([z.record(z.string(), z.unknown()), z.string(), z.string()])),
})
export type LossRules = z.infer<typeof LossRules>

const SAME = { absolute: 0, relative: 0 }

export function checkLossRules(checker: FamilyChecker, rules: LossRules): void {
  const { defaults } = rules
  const parsed = SizeLossConfig.parse({})
  checker.beginCase()
  checker.compare('defaults', 'alpha and rate', [parsed.alpha, parsed.compression_rate], [defaults.alpha, defaults.compression_rate], SAME)
  checker.compare('defaults', 'criterion and flip', [Number(`${parsed.criteria}Loss` === defaults.criteria), Number(parsed.flip_loss)], [1, Number(defaults.flip_loss)], SAME)
  for (const { freeze_epoch, sequence } of rules.scheduler) {
    checker.beginCase()
    checkSequence(checker, freeze_epoch, sequence)
  }
  for (const [loss, error] of rules.errors) {
    checker.beginCase()
    checker.compare(`refusal of ${JSON.stringify(loss)}`, error, [Number(isRefused({ compression: { algorithm: 'fracbits_quantization', loss } }))], [1], SAME)
  }
}

/** Follows the recorded events. Switching quantizers off and on, which unfreezes them in the original, is not offered here: those two are left out. */
function checkSequence(checker: FamilyChecker, freezeEpoch: number, sequence: readonly z.infer<typeof Event>[]): void {
  const freezing = new FreezeScheduler(freezeEpoch, COMPATIBILITY.nncf)
  const name = `freeze_epoch ${String(freezeEpoch)}`
  for (const { event, current_epoch, frozen } of sequence) {
    const [, explicit] = /^epoch_step\((\d*)\)/.exec(event) ?? []
    const [, loaded] = /^load_state\(epoch (\d+)\)/.exec(event) ?? []
    if (loaded !== undefined) freezing.restore(Number(loaded), freezing.isFrozen)
    else if (explicit !== undefined) freezing.enterEpoch(explicit === '' ? undefined : Number(explicit))
    else if (event !== 'created') continue
    checker.compare(name, `frozen after ${event}`, frozen.map(() => Number(freezing.isFrozen)), frozen.map(Number), SAME)
    if (current_epoch !== undefined) checker.compare(name, `epoch after ${event}`, [freezing.currentEpoch], [current_epoch], SAME)
  }
}

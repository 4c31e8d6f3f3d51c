import { StudioError } from '../../contract/errors'
import type { PlacementConfig, QuantizerWishes } from './placement-config'
import type { QuantizerOption } from './quantizer-option'
import { matchesScope } from './scopes'

/** `b` overlaid on `a`: what `b` leaves out stays. */
const overlay = (a: QuantizerWishes, b: QuantizerWishes): QuantizerWishes => ({
  mode: b.mode ?? a.mode,
  bits: b.bits ?? a.bits,
  signed: b.signed ?? a.signed,
  per_channel: b.per_channel ?? a.per_channel,
})

/** Wishes of a group: what the preset implies, overlaid by the group's own keys (spec 2.4). */
export function groupWishes(config: PlacementConfig, group: 'weights' | 'activations'): QuantizerWishes {
  const mode = group === 'activations' && config.preset === 'mixed' ? 'asymmetric' : 'symmetric'
  return overlay({ mode }, config[group] ?? {})
}

/** Wishes for one operation: those of its group, overlaid by the overrides whose scope it matches, in order. */
export function wishesAt(node: string, group: QuantizerWishes, overrides: Readonly<Record<string, QuantizerWishes>> | undefined): QuantizerWishes {
  return Object.entries(overrides ?? {}).reduce(
    (wishes, [scope, override]) => (matchesScope(node, scope) ? overlay(wishes, override) : wishes),
    group,
  )
}

/** An option changed to what is wished: without hardware, everything is possible. */
export const applied = (option: QuantizerOption, wishes: QuantizerWishes): QuantizerOption => ({
  bits: wishes.bits ?? option.bits,
  mode: wishes.mode ?? option.mode,
  perChannel: wishes.per_channel ?? option.perChannel,
  signed: wishes.signed ?? option.signed,
})

/** The hardware's options that grant the wishes, in its order. A wished sign is imposed where the hardware takes either. Throws CONFIG_INVALID when none is left. */
export function granted(
  available: readonly QuantizerOption[],
  wishes: QuantizerWishes,
  at: { node: string; hardware: string; group: 'weights' | 'activations' },
): QuantizerOption[] {
  const left = available
    .filter(
      (option) =>
        (wishes.bits === undefined || wishes.bits === option.bits) &&
        (wishes.mode === undefined || wishes.mode === option.mode) &&
        (wishes.per_channel === undefined || wishes.per_channel === option.perChannel) &&
        (wishes.signed === undefined || option.signed === null || wishes.signed === option.signed),
    )
    .map((option) => ({ ...option, signed: option.signed ?? wishes.signed ?? null }))
  if (left.length > 0) return left
  const wished = Object.entries(wishes).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${String(value)}`]))
  const message =
    `${at.hardware} cannot quantize ${at.group} as compression.${at.group} asks (${wished.join(', ')}); the first conflict is at ${at.node}. ` +
    'Leave such keys out, or set target_device to TRIAL, which has no hardware table.'
  throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: `compression.${at.group}`, message, found: wished.join(', ') }] })
}

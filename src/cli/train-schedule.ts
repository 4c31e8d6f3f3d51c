import { readConfigText } from '../config/config-text'
import { withValue } from '../config/edit-text'
import { freezeEpochBy, type SchedulePreset, scheduleWords } from '../config/width-schedule'
import { StudioError } from '../contract/errors'

export interface ScheduledText {
  readonly text: string
  /** What the schedule comes to; null where the text is at fault, which validation says. */
  readonly note: string | null
}

/** The configuration with the epoch of the freeze set by a preset. Throws BAD_INPUT where it learns no widths, or has too few epochs. */
export function withSchedule(text: string, preset: SchedulePreset): ScheduledText {
  const { config } = readConfigText(text)
  if (config === null) return { text, note: null }
  const { compression, epochs, start_epoch } = config
  if (compression?.algorithm !== 'fracbits_quantization')
    throw new StudioError('BAD_INPUT', `--schedule ${preset.name} divides the epochs in which widths are learned, but this configuration learns none. Leave --schedule out, or set compression.algorithm to "fracbits_quantization".`)
  const freezeEpoch = freezeEpochBy(preset, { epochs, start_epoch })
  if (freezeEpoch === null) throw new StudioError('BAD_INPUT', `--schedule ${preset.name} needs two epochs or more to divide. Raise them with --epochs.`)
  const words = scheduleWords({ epochs, start_epoch, freeze_epoch: freezeEpoch })
  return {
    text: withValue(text, { path: ['compression', 'freeze_epoch'], value: freezeEpoch }),
    note: `Schedule ${preset.name}, freeze_epoch ${String(freezeEpoch)}: ${words}`,
  }
}

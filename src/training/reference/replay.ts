import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '../../contract/errors'
import type { FamilyReport } from './fixture'
import { replayQuantizers } from './quantizer-cases'
import { replaySizeLoss } from './size-loss-cases'
import { replayTuneRange } from './tune-range-cases'

/** Families by the file that holds them; adding one is a replay function and a line here. */
const FAMILIES: Readonly<Record<string, (text: string, file: string) => FamilyReport>> = {
  'quantizers.json': replayQuantizers,
  'tune_range.json': replayTuneRange,
  'loss.json': replaySizeLoss,
}

/** Replays every recorded family that a folder holds. Throws DATA_MISSING when it holds none. */
export function* replayFolder(folder: string): Generator<FamilyReport> {
  const present = Object.entries(FAMILIES).filter(([name]) => existsSync(join(folder, name)))
  if (present.length === 0) {
    throw new StudioError('DATA_MISSING', `${folder} holds no recorded reference files. Expected at least one of ${Object.keys(FAMILIES).join(', ')}.`)
  }
  for (const [name, replay] of present) {
    const file = join(folder, name)
    yield replay(readFileSync(file, 'utf8'), file)
  }
}

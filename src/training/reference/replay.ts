import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '../../contract/errors'
import { replayArchitecture } from './architecture-cases'
import type { FamilyReport } from './fixture'
import { replayNumBits } from './num-bits-cases'
import { replayPlacement } from './placement-cases'
import { replayQuantizers } from './quantizer-cases'
import { replayRangeInit } from './range-init-cases'
import { replaySchedules } from './schedule-cases'
import { replaySizeLoss } from './size-loss-cases'
import { replayTrajectory } from './trajectory-cases'
import { replayTuneRange } from './tune-range-cases'

type Reports = FamilyReport | readonly FamilyReport[] | null
type Replay = (text: string, file: string) => Reports | Promise<Reports>

/** Families by the file that holds them, or by the folder that holds one file a case; adding one is a replay function and a line here. */
const FILES: Readonly<Record<string, Replay>> = {
  'quantizers.json': replayQuantizers,
  'tune_range.json': replayTuneRange,
  'num_bits.json': replayNumBits,
  'range_init.json': replayRangeInit,
  'loss.json': replaySizeLoss,
  'config_resolved.json': replaySchedules,
}
const FOLDERS: Readonly<Record<string, Replay>> = { architecture: replayArchitecture, placement: replayPlacement, trajectory: replayTrajectory }

/**
 * Convolutions of one order of summation on every processor: with wider vectors a value within float noise of a half rounds to its other level,
 * which is right as well but is not the recorded one. oneDNN reads it with its first operation of the process.
 */
const ONE_ORDER_OF_SUMMATION = { ONEDNN_MAX_CPU_ISA: 'AVX2' }

/**
 * Replays every recorded family that a folder holds; in a process of its own, since it sets oneDNN's instruction set for all that follows.
 * Throws DATA_MISSING when it holds none.
 */
export async function* replayFolder(folder: string): AsyncGenerator<FamilyReport> {
  Object.assign(process.env, ONE_ORDER_OF_SUMMATION)
  const jobs: [string, Replay][] = []
  for (const [name, replay] of Object.entries(FILES)) if (existsSync(join(folder, name))) jobs.push([name, replay])
  for (const [name, replay] of Object.entries(FOLDERS)) {
    if (!existsSync(join(folder, name))) continue
    for (const file of readdirSync(join(folder, name)).sort()) if (file.endsWith('.json')) jobs.push([join(name, file), replay])
  }
  if (jobs.length === 0) {
    throw new StudioError('DATA_MISSING', `${folder} holds no recorded reference files. Expected at least one of ${Object.keys(FILES).join(', ')}.`)
  }
  for (const [name, replay] of jobs) {
    const file = join(folder, name)
    const reports = await replay(readFileSync(file, 'utf8'), file)
    if (reports !== null) yield* [reports].flat()
  }
}

import { StudioError } from '../contract/errors'
import type { RunRecord } from '../store/repositories/runs'

/** Data folder of a run that came from elsewhere: a path of another machine means nothing here, and is never looked at. */
export const ELSEWHERE = ''

/** Whatever trains or evaluates needs the run's images. Throws DATA_MISSING for an imported run. */
export function requireImages(run: Pick<RunRecord, 'dataDir' | 'name'>): void {
  if (run.dataDir !== ELSEWHERE) return
  throw new StudioError('DATA_MISSING', `"${run.name}" was imported, and where its images are on this machine is not known. Say it under Environment on its page or with data locate, or start a new run with its configuration.`)
}

import { StudioError } from '../contract/errors'
import type { WeightHistogram } from '../contract/weight-histogram'
import { checkpointSpec } from './checkpoint-spec'
import type { EngineDeps } from './types'

/** Checkpoints whose histograms are kept: a page asks again whenever it comes back. */
const MOST_KEPT = 8

export type RunWeights = (runId: string) => Promise<WeightHistogram[]>

/** Histograms of the weights in a run's newest checkpoint; a process of its own computes them once. Rejects with CONFLICT where there is none yet. */
export function createRunWeights({ store, trainerHost }: Pick<EngineDeps, 'store' | 'trainerHost'>): RunWeights {
  const kept = new Map<string, Promise<WeightHistogram[]>>()
  return async (runId) => {
    const spec = await checkpointSpec(store, await store.runs.get(runId), null)
    const sha256 = spec.resumeFrom?.sha256
    if (sha256 === undefined) throw new StudioError('CONFLICT', 'This run has no checkpoint yet. Its weights can be seen after the first.')
    const known = kept.get(sha256)
    if (known !== undefined) return known
    const found = trainerHost.job({ kind: 'weights', spec }).then((answer) => {
      if (answer.kind !== 'weights') throw new RangeError(`a job for weights was answered with "${answer.kind}"`)
      return answer.layers
    })
    kept.set(sha256, found)
    // What failed may be put right, such as a folder that comes back.
    found.catch(() => kept.delete(sha256))
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return found
  }
}

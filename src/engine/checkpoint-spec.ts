import type { TrainerSpec } from '../contract/trainer-messages'
import type { RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { newestUsable } from './checkpoint-choice'
import { trainerSpec } from './trainer-spec'

/** What a job about a run's checkpoint is told: the newest usable one, or the one with this sha256; `resumeFrom` is null where there is none. */
export async function checkpointSpec(store: Store, run: RunRecord, checkpointSha256: string | null): Promise<TrainerSpec> {
  const all = await store.checkpoints.list(run.id)
  const wanted = checkpointSha256 === null ? all : all.filter(({ sha256 }) => sha256 === checkpointSha256)
  const checkpoint = await newestUsable(run.folder, wanted)
  return trainerSpec(run, checkpoint)
}

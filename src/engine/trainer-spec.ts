import { join } from 'node:path'
import type { Checkpoint } from '../contract/entities'
import type { TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import type { RunRecord } from '../store/repositories/runs'
import { excludedOf } from './excluded-images'
import { requireImages } from './images-elsewhere'

/** What a trainer is told about a run, and the checkpoint to begin with. Rejects as {@link excludedOf} and {@link requireImages} do. */
export async function trainerSpec(run: RunRecord, checkpoint: Pick<Checkpoint, 'file' | 'sha256'> | null): Promise<TrainerSpec> {
  requireImages(run)
  return {
    runId: run.id,
    config: TrainingConfig.parse(run.config),
    dataDir: run.dataDir,
    folder: run.folder,
    workers: run.workers,
    excluded: await excludedOf(run),
    resumeFrom: checkpoint === null ? null : { file: join(run.folder, checkpoint.file), sha256: checkpoint.sha256 },
  }
}

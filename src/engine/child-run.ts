import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readConfigText } from '../config/config-text'
import { StudioError } from '../contract/errors'
import { UNSUBMITTED } from '../contract/slurm'
import type { TrainingConfig } from '../contract/training-config'
import type { NewRun, RunRecord } from '../store/repositories/runs'
import type { Store } from '../store/store'
import { writeFileAtomic } from '../util/atomic-write'
import { copyExcluded } from './excluded-images'
import { requireImages } from './images-elsewhere'

export interface ChildRunDeps {
  readonly store: Store
  readonly newId: () => string
  readonly now: () => number
}

/** A run with the model, the data and the wishes of another one that has not begun. Its folder lies beside the other's; nothing is written. Throws as {@link requireImages} does. */
export function childRun(parent: RunRecord, { newId, now }: Pick<ChildRunDeps, 'newId' | 'now'>, own: Partial<NewRun> & Pick<NewRun, 'name'>): NewRun {
  requireImages(parent)
  const { model, dataset, config, dataDir, workers, targetRate } = parent
  // Where the one ran, the other runs.
  const slurmRecord = (parent.slurmRecord ?? null) === null ? null : UNSUBMITTED
  const id = newId()
  const folder = join(dirname(parent.folder), id)
  const begun = { status: 'queued', phase: 'preparing', step: 0, totalSteps: 0, createdAt: now() } as const
  return { id, folder, model, dataset, config, dataDir, workers, targetRate, slurmRecord, ...begun, ...own }
}

const CONFIG_FILE = 'config.json'

/** The configuration of a run as it was given. */
export const configTextOf = (run: Pick<RunRecord, 'folder'>): Promise<string> => readFile(join(run.folder, CONFIG_FILE), 'utf8')

/** Makes the folder of a run with its configuration. */
export async function writeRunFolder(folder: string, configText: string): Promise<void> {
  await mkdir(join(folder, 'checkpoints'), { recursive: true })
  await writeFileAtomic(join(folder, CONFIG_FILE), configText)
}

/** Makes the folder of a run that sees the same images as the one it was made from. */
export async function writeChildFolder(parent: Pick<RunRecord, 'folder'>, { folder }: Pick<NewRun, 'folder'>, configText: string): Promise<void> {
  await writeRunFolder(folder, configText)
  await copyExcluded(parent.folder, folder)
}

/** The configuration that a changed text says; CONFIG_INVALID with `refusal` and its first problem where it says none. */
export function configOfChanged(text: string, refusal: string): TrainingConfig {
  const { config, issues } = readConfigText(text)
  if (config === null) throw new StudioError('CONFIG_INVALID', `${refusal}: ${issues[0]?.message ?? ''}`, { issues: [...issues] })
  return config
}

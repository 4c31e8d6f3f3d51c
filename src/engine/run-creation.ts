import { isAbsolute, join } from 'node:path'
import type { z } from 'zod'
import type { CreateRun } from '../contract/api'
import { StudioError } from '../contract/errors'
import { targetRateOf, type TrainingConfig } from '../contract/training-config'
import { UNSUBMITTED } from '../contract/slurm'
import type { NewRun } from '../store/repositories/runs'
import type { DemoData } from '../util/paths'
import { readConfigText } from '../config/config-text'
import { writeRunFolder } from './child-run'
import { excludedNow, writeExcluded } from './excluded-images'
import { withHardwareTable } from './hardware-tables'
import { imageFolder } from './run-images'
import type { RuntimeControl } from './runtimes/runtime-control'
import type { EngineDeps } from './types'

export interface CreationDeps extends Pick<EngineDeps, 'store' | 'configsDir' | 'describeNetwork' | 'cluster'> {
  readonly workspace: string
  readonly demoData: () => Promise<DemoData>
  readonly runtimes: Pick<RuntimeControl, 'find'>
  readonly newId: () => string
  readonly now: () => number
}

function parseConfig(text: string): TrainingConfig {
  const { config, issues } = readConfigText(text)
  if (config !== null) return config
  const [first] = issues
  const where = first === undefined ? '' : [first.line === undefined ? '' : `line ${first.line}`, first.path].filter((part) => part !== '').join(', ')
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new StudioError('CONFIG_INVALID', `The configuration can't be used: ${where === '' ? '' : `${where}: `}${first?.message ?? ''}${more}`, {
    issues,
  })
}

const DEFAULT_WORKERS = 1
const DEMO_DATASET: TrainingConfig['dataset'] = 'fashion_mnist'

async function resolveDataDir({ dataset, dataset_dir }: TrainingConfig, { workspace, demoData }: CreationDeps, given: string | null): Promise<string> {
  if (dataset.startsWith('mock_')) return workspace
  const dataDir = given ?? dataset_dir ?? null
  if (dataDir === null) {
    if (dataset !== DEMO_DATASET)
      throw new StudioError('DATA_MISSING', `The configuration trains on ${dataset}. Say where its images are: the data folder, or dataset_dir in the file.`)
    const { directory, problem } = await demoData()
    if (problem !== null) throw new StudioError('DATA_MISSING', problem)
    return directory
  }
  return imageFolder(dataDir)
}

/** Makes the run's folder with the configuration as it was given, and the images that it leaves out. */
async function writeFolder(folder: string, configText: string, excluded: readonly string[]): Promise<void> {
  try {
    await writeRunFolder(folder, configText)
    await writeExcluded(folder, excluded)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new StudioError('DISK_FULL', `The disk is full: ${folder} can't be written. Free some space and try again.`, { cause: error })
    throw new StudioError(
      'CONFLICT',
      `The run's folder ${folder} can't be written (${error instanceof Error ? error.message : String(error)}). Check its permissions or choose another folder.`,
      { cause: error },
    )
  }
}

/** Told before the run waits in the queue. */
async function requireRuntime({ runtime }: TrainingConfig, { runtimes }: CreationDeps): Promise<void> {
  try {
    await runtimes.find(runtime)
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    throw new StudioError('CONFIG_INVALID', error.message, { issues: [{ path: 'runtime', message: error.message, found: JSON.stringify(runtime) }], cause: error })
  }
}

/** Rate that the widths are learned for; null where none are. Throws as `describeNetwork` does. */
export function wantedRate(config: TrainingConfig, { describeNetwork }: Pick<CreationDeps, 'describeNetwork'>): number | null {
  if (config.compression?.algorithm !== 'fracbits_quantization') return null
  return targetRateOf(config.compression.loss, describeNetwork(config).size.initial)
}

/** Rejects with CONFLICT and what is missing where no job can be submitted. */
async function requireCluster({ cluster }: Pick<CreationDeps, 'cluster'>): Promise<void> {
  const offer = await cluster?.offer()
  if (offer?.available !== true) throw new StudioError('CONFLICT', `The run can't be sent to Slurm. ${offer?.sentence ?? 'This program was started without it.'}`)
}

/** Checks everything that can be checked without a trainer, makes the folder, and describes the new run. Rejects with CONFIG_INVALID, DATA_MISSING, BAD_INPUT, DISK_FULL, CONFLICT. */
export async function prepareRun(deps: CreationDeps, input: z.output<typeof CreateRun>): Promise<NewRun> {
  const config = await withHardwareTable(parseConfig(input.configText), deps.configsDir)
  if (input.on === 'slurm') await requireCluster(deps)
  await requireRuntime(config, deps)
  const dataDir = await resolveDataDir(config, deps, input.dataDir)
  const logDir = input.logDir ?? config.log_dir ?? null
  if (logDir !== null && !isAbsolute(logDir))
    throw new StudioError('BAD_INPUT', `The folder for the run must be given by its full path; "${logDir}" is not one.`)
  const id = deps.newId()
  const folder = join(logDir ?? join(deps.workspace, 'runs'), id)
  await writeFolder(folder, input.configText, await excludedNow(deps.store, dataDir))
  return {
    id,
    name: input.name ?? config.name ?? config.model,
    model: config.model,
    dataset: config.dataset,
    status: 'queued',
    phase: 'preparing',
    step: 0,
    totalSteps: 0,
    createdAt: deps.now(),
    targetRate: wantedRate(config, deps),
    config,
    dataDir,
    folder,
    configuration: input.configId,
    slurmRecord: input.on === 'slurm' ? UNSUBMITTED : null,
    workers: input.workers ?? config.workers ?? DEFAULT_WORKERS,
  }
}

import { StudioError } from '../contract/errors'
import type { SlurmOffer } from '../contract/slurm'
import type { ClusterHost } from '../contract/trainer-channel'
import type { Logger } from '../util/logger'
import { createJobHandle } from './job-handle'
import { jobName, submitArguments, writeJob } from './job-request'
import { createJobWatch } from './job-watch'
import { createSlurmCommands, type SlurmCommands } from './slurm-commands'
import { jobFiles } from './spool-entry'

export interface SlurmHostOptions {
  /** How this program is started as a command: program and first arguments; the same path has to lead to it on every node. */
  readonly command: readonly string[]
  readonly logger: Logger
  readonly commands?: SlurmCommands
  readonly readEveryMs?: number
  /** How often Slurm is asked how jobs stand. */
  readonly askEveryMs?: number
}

const READ_EVERY_MS = 250
const ASK_EVERY_MS = 5_000

/** The usual time between questions to Slurm, or FRACBITS_SLURM_ASK_SECONDS: a busy controller may want fewer. */
export function askTimeFrom(env: Readonly<Record<string, string | undefined>>): number {
  const seconds = Number(env['FRACBITS_SLURM_ASK_SECONDS'])
  return seconds > 0 ? 1000 * seconds : ASK_EVERY_MS
}

/** Runs as jobs of the Slurm cluster that this machine submits to. */
export function createSlurmHost({
  command,
  logger,
  commands = createSlurmCommands(),
  readEveryMs = READ_EVERY_MS,
  askEveryMs = ASK_EVERY_MS,
}: SlurmHostOptions): ClusterHost {
  const watch = createJobWatch(commands, askEveryMs, logger)
  const deps = { commands, watch, logger, readEveryMs }
  return {
    offer: () => offerOf(commands),
    submit(spec, options, from, submission) {
      const files = jobFiles(spec.folder, submission)
      const job = { jobId: null, state: 'UNSUBMITTED', reason: null, node: null, restarts: 0 }
      return createJobHandle(deps, { id: spec.runId, folder: spec.folder }, { submission, job, offset: 0, at: Date.now() }, async () => {
        await writeJob(files, { spec, from }, command)
        return commands.submit(submitArguments(files, jobName(spec.runId, submission), options))
      })
    },
    attach: (run, record) =>
      createJobHandle(deps, run, record, async () => {
        const [found] = await commands.named(jobName(run.id, record.submission))
        return (
          found ?? {
            status: 'interrupted',
            reason: 'FracBits Studio ended while this run was being submitted to Slurm, which has no job of it. Resume submits it again.',
          }
        )
      }),
  }
}

async function offerOf(commands: SlurmCommands): Promise<SlurmOffer> {
  const nothing = { available: false, version: null, partitions: [] }
  let version: string
  try {
    version = await commands.version()
  } catch (error) {
    if (error instanceof StudioError && error.code === 'NOT_FOUND')
      return {
        ...nothing,
        sentence: 'This machine submits to no Slurm cluster: there is no sbatch. On a login node of a cluster, runs can be its jobs.',
      }
    return { ...nothing, sentence: `sbatch is here but does not work: ${error instanceof Error ? error.message : String(error)}` }
  }
  try {
    const partitions = await commands.partitions()
    const names = partitions.map(({ name, isDefault }) => (isDefault ? `${name} (default)` : name))
    if (partitions.length === 0) return { ...nothing, version, sentence: `Slurm ${version} answers, but offers you no partition.` }
    return {
      available: true,
      version,
      partitions,
      sentence: `Slurm ${version}, ${partitions.length === 1 ? 'partition' : 'partitions'} ${[...new Set(names)].join(', ')}`,
    }
  } catch (error) {
    return {
      ...nothing,
      version,
      sentence: `Slurm ${version} is here, but its controller does not answer: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

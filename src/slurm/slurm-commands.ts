import { execFile } from 'node:child_process'
import { StudioError } from '../contract/errors'
import type { SlurmPartition } from '../contract/slurm'

/** A controller that is busy or away answers late or never. */
const ANSWER_WITHIN_MS = 20_000
const MAX_ANSWER_BYTES = 16_000_000

/** What Slurm says of a job. */
export interface JobState {
  /** Slurm's own word, such as `PENDING`, `TIMEOUT`. */
  readonly state: string
  /** Slurm's word for why it waits or ended; null where it gives none. */
  readonly reason: string | null
  readonly node: string | null
}

/** Slurm's own programs, as they are on PATH. All reject with CONFLICT and what Slurm said, or with NOT_FOUND where the program is missing. */
export interface SlurmCommands {
  /** The number of the new job. */
  submit(args: readonly string[]): Promise<string>
  /** States of these jobs; those that the controller does not know any more are missing. */
  states(jobIds: readonly string[]): Promise<Map<string, JobState>>
  /** Jobs of this name that are not over. */
  named(name: string): Promise<string[]>
  /** How a job ended that the controller has forgotten, from the accounting; null where there is none or it does not know. */
  accounted(jobId: string): Promise<JobState | null>
  cancel(jobId: string, options?: readonly string[]): Promise<void>
  version(): Promise<string>
  partitions(): Promise<SlurmPartition[]>
}

const wordOrNull = (text: string | undefined): string | null =>
  text === undefined || ['', 'None', '(null)', 'N/A', 'None assigned'].includes(text) ? null : text

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: ANSWER_WITHIN_MS, maxBuffer: MAX_ANSWER_BYTES, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else if (error.code === 'ENOENT') reject(new StudioError('NOT_FOUND', `There is no ${program} on this machine.`))
      else
        reject(
          new StudioError(
            'CONFLICT',
            said(stderr) || (error.killed === true ? `${program} did not answer within ${String(ANSWER_WITHIN_MS / 1000)} s.` : error.message),
          ),
        )
    })
  })
}

/** What a program of Slurm complained about, without its own name before each line. */
const said = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error: )?/, '').trim())
    .filter((line) => line !== '')
    .join(' ')

const fields = (line: string): string[] => line.split('|').map((field) => field.trim())
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

export function createSlurmCommands(): SlurmCommands {
  return {
    async submit(args) {
      const answer = await run('sbatch', ['--parsable', ...args])
      const [jobId = ''] = (lines(answer).at(-1) ?? '').split(';')
      if (!/^\d+$/.test(jobId)) throw new StudioError('CONFLICT', `sbatch answered "${answer.trim().slice(0, 200)}" instead of the number of a job.`)
      return jobId
    },
    async states(jobIds) {
      const answer = await run('squeue', ['--noheader', '--states=all', `--jobs=${jobIds.join(',')}`, '--format=%A|%T|%r|%N']).catch(
        (error: unknown) => {
          // The answer about one job that is long over.
          if (error instanceof StudioError && error.message.includes('Invalid job id')) return ''
          throw error
        },
      )
      return new Map(
        lines(answer).map((line) => {
          const [jobId = '', state = '', reason, node] = fields(line)
          return [jobId, { state, reason: wordOrNull(reason), node: wordOrNull(node) }]
        }),
      )
    },
    named: async (name) => lines(await run('squeue', ['--noheader', `--name=${name}`, '--format=%A'])),
    async accounted(jobId) {
      try {
        const [line] = lines(await run('sacct', ['--noheader', '--parsable2', '--allocations', '--format=State,Reason,NodeList', `--jobs=${jobId}`]))
        if (line === undefined) return null
        const [state = '', reason, node] = fields(line)
        // "CANCELLED by 1000"
        return { state: state.split(' ')[0] ?? state, reason: wordOrNull(reason), node: wordOrNull(node) }
      } catch (error) {
        // Many clusters have no accounting.
        if (error instanceof StudioError) return null
        throw error
      }
    },
    async cancel(jobId, options = []) {
      await run('scancel', [...options, jobId])
    },
    version: async () => (await run('sbatch', ['--version'])).trim().replace(/^slurm(-wlm)? /, ''),
    async partitions() {
      const answer = await run('sinfo', ['--noheader', '--format=%P|%a|%l|%D|%c|%m|%G'])
      return lines(answer).map((line) => {
        const [name = '', up = '', timeLimit = '', nodes = '0', cpusPerNode = '', memoryMbPerNode = '', gres] = fields(line)
        return {
          name: name.replace(/\*$/, ''),
          isDefault: name.endsWith('*'),
          up: up === 'up',
          timeLimit,
          nodes: Number(nodes),
          cpusPerNode,
          memoryMbPerNode,
          gres: wordOrNull(gres),
        }
      })
    },
  }
}

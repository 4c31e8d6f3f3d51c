import { mkdir, writeFile } from 'node:fs/promises'
import type { SlurmSection } from '../contract/training-config'
import { writeFileAtomic } from '../util/atomic-write'
import type { JobFiles, JobOrders } from './spool-entry'

/** Name of a job by which it is found again should its number not have been recorded. */
export const jobName = (runId: string, submission: number): string => `fracbits-${runId}-${String(submission)}`

const MB_PER_GB = 1024

/** Arguments of sbatch. The person's own options come last of those that ask for resources, so that they win. */
export function submitArguments(files: JobFiles, name: string, options: SlurmSection): string[] {
  const { partition, time_limit: time, cpus, memory_gb: memory, gpus, account, options: more } = options
  const given = (option: string, value: string | number | undefined): string[] => (value === undefined ? [] : [`--${option}=${String(value)}`])
  return [
    `--job-name=${name}`,
    `--output=${files.output.replaceAll('%', '%%')}`,
    '--open-mode=append',
    '--requeue',
    '--nodes=1',
    '--ntasks=1',
    ...given('partition', partition),
    ...given('time', time),
    ...given('cpus-per-task', cpus),
    ...given('mem', memory === undefined ? undefined : `${String(Math.ceil(memory * MB_PER_GB))}M`),
    ...(gpus === undefined || gpus === 0 ? [] : [`--gres=gpu:${String(gpus)}`]),
    ...given('account', account),
    ...(more ?? []),
    files.script,
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Writes what a job needs into its folder; `command` starts this program on a node. Only the person may read it: it names what they train. */
export async function writeJob(files: JobFiles, orders: JobOrders, command: readonly string[]): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 })
  await writeFileAtomic(files.orders, JSON.stringify(orders))
  await writeFile(files.script, `#!/bin/sh\nexec ${[...command, 'job', files.folder].map(quoted).join(' ')}\n`, { mode: 0o700 })
}

import { z } from 'zod'
import { positiveInt } from './values'

/** One word as Slurm takes it on a command line: names of partitions, accounts. */
const word = z.string().regex(/^[\w.,:@%+-]{1,200}$/, 'letters, digits and . , : @ % + - only')

/**
 * What else of sbatch may be asked for, by its full name: resources and when to start. Options that name files, the environment or how the job is found
 * again are the program's, and sbatch takes abbreviations, so that a list of what is refused would not do.
 */
const ALLOWED = [
  ...['qos', 'constraint', 'prefer', 'reservation', 'nodelist', 'exclude', 'exclusive', 'oversubscribe', 'contiguous', 'licenses', 'gres', 'gres-flags'],
  ...['gpus', 'gpus-per-node', 'gpu-freq', 'cpus-per-gpu', 'mem-per-cpu', 'mem-per-gpu', 'tmp', 'hint', 'threads-per-core', 'cores-per-socket'],
  ...['time-min', 'begin', 'deadline', 'dependency', 'nice', 'priority', 'wckey', 'comment', 'mail-type', 'mail-user', 'cpu-freq', 'core-spec', 'switches'],
]

/** Resources that a run asks of a Slurm cluster; all are the cluster's own defaults where left out. They say nothing about what is computed. */
export const SlurmSection = z.strictObject({
  partition: word.optional().describe('Partition of the cluster; of several, separated by commas, the first free one.'),
  time_limit: z
    .string()
    .regex(/^(\d+|\d+:\d{1,2}(:\d{1,2})?|\d+-\d{1,2}(:\d{1,2}){0,2})$/, 'minutes, or hours:minutes:seconds, or days-hours:minutes:seconds')
    .optional()
    .describe(
      'Longest time a job may take, as Slurm writes it: minutes, hours:minutes:seconds, or days-hours. A run that needs longer is interrupted and goes on with Resume.',
    ),
  cpus: positiveInt.max(4096).optional().describe('Processor cores of the job.'),
  memory_gb: z.number().positive().max(100_000).optional().describe('Memory of the job.'),
  gpus: z.int().min(0).max(64).optional().describe('GPUs of the job. A run computes on one.'),
  account: word.optional().describe('Account that the job is charged to.'),
  options: z
    .array(
      z
        .string()
        .max(500)
        .regex(/^--[a-z][a-z-]*(=.*)?$/, 'one long option with its value, such as "--qos=long"')
        .refine((option) => ALLOWED.includes(/^--([a-z-]+)/.exec(option)?.[1] ?? ''), `one of ${ALLOWED.map((name) => `--${name}`).join(', ')}`),
    )
    .max(50)
    .optional()
    .describe('Further options of sbatch, each with its value, such as "--qos=long".'),
})
export type SlurmSection = z.infer<typeof SlurmSection>

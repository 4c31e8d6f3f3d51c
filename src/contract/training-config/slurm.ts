import { z } from 'zod'
import { positiveInt } from './values'

/** One word as Slurm takes it on a command line: names of partitions, accounts. */
const word = z.string().regex(/^[\w.,:@%+-]{1,200}$/, 'letters, digits and . , : @ % + - only')

/** Options of sbatch that decide how the program finds its own job again; they are not the person's. */
const RESERVED =
  /^--(output|error|open-mode|parsable|job-name|array|wrap|chdir|input|requeue|no-requeue|wait|test-only|help|usage|version|quiet|export|export-file|hold)(=|$)/

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
        .refine((option) => !RESERVED.test(option), 'an option of sbatch that the program sets itself'),
    )
    .max(50)
    .optional()
    .describe('Further options of sbatch, each with its value, such as "--qos=long".'),
})
export type SlurmSection = z.infer<typeof SlurmSection>

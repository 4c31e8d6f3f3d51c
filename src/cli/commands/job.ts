import { Command } from 'commander'
import { cpuTicksOf } from '../../engine/process-facts'
import { watchTimesFrom, watchTrainer } from '../../engine/trainer-watchdog'
import { runJob } from '../../slurm/job-runner'
import type { Logger } from '../../util/logger'
import { IN_JOB } from '../../util/trainer-environment'
import type { CliContext } from '../context'

/** What the script of a cluster's job calls; of no use to a person. */
export const JOB_COMMAND = 'job'

export function jobCommand(context: CliContext): Command {
  return new Command(JOB_COMMAND)
    .description("do the work of a cluster's job: the script that a run was submitted with calls this")
    .argument('<folder>', "the job's folder")
    .action(async (folder: string) => {
      // The trainer is told by this process when the job is to end, and has to live until its checkpoint is written.
      process.env[IN_JOB] = '1'
      const logger = outputLogger(context)
      const code = await runJob(folder, {
        trainerHost: context.createTrainerHost(logger),
        logger,
        env: process.env,
        onEndAsked: (listener) => void context.onInterrupt(listener),
        watchTrainer: ({ pid, isPaused }, onHang) => {
          const cpuTicks = (): number | null => {
            const id = pid()
            return id === null ? null : cpuTicksOf(id)
          }
          return watchTrainer(watchTimesFrom(process.env), { cpuTicks, isPaused }, onHang)
        },
      })
      process.exit(code)
    })
}

/** What is worth knowing goes to the job's output file, which is shown should it end without a word. */
function outputLogger({ io }: CliContext): Logger {
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void io.err.write(
        `${level}: ${message}${typeof fields['text'] === 'string' ? `: ${fields['text'].trimEnd()}` : Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`}\n`,
      )
  return { debug: () => undefined, info: () => undefined, warn: line('warning'), error: line('error') }
}

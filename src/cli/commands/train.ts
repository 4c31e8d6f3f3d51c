import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { attendRun } from '../attend-run'
import { readConfigText } from '../config-text'
import type { CliContext, CommonOptions } from '../context'
import { runCommand, withCommonOptions } from '../run-command'

interface TrainOptions extends CommonOptions {
  readonly config: string
  readonly workers: number
  readonly data?: string
  readonly logDir?: string
  readonly name?: string
}

/** Whole number from `min` to `max`, for commander. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
    return value
  }

export const workersOption = (): Option =>
  new Option('-j, --workers <n>', 'processes that prepare images; 0 prepares them in the trainer').argParser(wholeNumber(0, 64)).default(1)

export function trainCommand(context: CliContext): Command {
  const command = new Command('train')
    .description('train a model from a configuration file (JSON with comments) and watch it')
    .requiredOption('-c, --config <file>', 'configuration file')
    .addOption(new Option('-m, --mode <mode>', 'what to do').choices(['train']).default('train'))
    .addOption(workersOption())
    .option('--data <dir>', 'folder with the images (default: the demo data set)')
    .option('--log-dir <dir>', "where the run's folder is made (default: in the workspace)")
    .option('--name <name>', 'name of the run')
  return withCommonOptions(command).action((options: TrainOptions) =>
    runCommand(
      context,
      options,
      async () => {
        const absolute = (path: string | undefined): string | null => (path === undefined ? null : resolve(context.io.cwd, path))
        const configText = await readConfigText(resolve(context.io.cwd, options.config))
        return attendRun(context, options, async ({ client }) => {
          const { runId } = await client.call('runs.create', {
            configText,
            dataDir: absolute(options.data),
            workers: options.workers,
            logDir: absolute(options.logDir),
            name: options.name ?? null,
          })
          return runId
        })
      },
      options.config,
    ),
  )
}

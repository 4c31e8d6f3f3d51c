import { resolve } from 'node:path'
import { parse } from 'jsonc-parser'
import { Command, Option } from 'commander'
import { SCHEDULE_PRESETS } from '../../config/width-schedule'
import { StudioError } from '../../contract/errors'
import { attendRun } from '../attend-run'
import { readConfigText } from '../config-text'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { trainBaselines } from './baselines'
import { runCommand, withCommonOptions } from '../run-command'
import { addTrainFlags, withTypedFlags } from '../train-flags'
import { withSchedule } from '../train-schedule'
import { wholeNumber } from '../whole-number'

interface TrainOptions extends CommonOptions {
  readonly config: string
  readonly workers?: number
  readonly data?: string
  readonly logDir?: string
  readonly name?: string
  readonly pretrained?: boolean
  readonly baselines?: boolean
  readonly schedule?: string
}

export const workersOption = (): Option =>
  new Option('-j, --workers <n>', 'threads that prepare images; 0 prepares them in the trainer').argParser(wholeNumber(0, 64))

export function trainCommand(context: CliContext): Command {
  const command = new Command('train')
    .description('train or test a model by a configuration file (JSON with comments) and watch it; flags win over the file')
    .requiredOption('-c, --config <file>', 'configuration file')
    .addOption(workersOption())
    .option('--data <dir>', 'folder with the images (default: dataset_dir of the file, or the demo data set)')
    .option('--log-dir <dir>', "where the run's folder is made (default: log_dir of the file, or the workspace)")
    .option('--name <name>', 'name of the run')
    .addOption(new Option('--schedule <name>', 'divide the epochs: 80/20 learns widths in 80 % of them and freezes them for the rest').choices(SCHEDULE_PRESETS.map(({ name }) => name)))
    .option('--baselines', 'then train INT8 and one width for all weights too, and say whether mixed precision pays')
  return withCommonOptions(addTrainFlags(command)).action((options: TrainOptions) =>
    runCommand(
      context,
      options,
      async () => {
        const absolute = (path: string | undefined): string | null => (path === undefined ? null : resolve(context.io.cwd, path))
        const flagged = withTypedFlags(await readConfigText(resolve(context.io.cwd, options.config)), command, context.io.cwd)
        const preset = SCHEDULE_PRESETS.find(({ name }) => name === options.schedule)
        const { text: configText, note } = preset === undefined ? { text: flagged, note: null } : withSchedule(flagged, preset)
        if (note !== null) context.io.err.write(`${note}\n`)
        if (options.pretrained === true) requireWeights(configText)
        let made = ''
        const code = await attendRun(context, options, async ({ client }) => {
          const { runId } = await client.call('runs.create', {
            configText,
            dataDir: absolute(options.data),
            workers: options.workers ?? null,
            logDir: absolute(options.logDir),
            name: options.name ?? null,
          })
          made = runId
          return runId
        })
        return code === EXIT.ok && options.baselines === true ? trainBaselines(context, options, made) : code
      },
      options.config,
    ),
  )
}

/** Nothing is downloaded: published weights come as a file. */
function requireWeights(configText: string): void {
  const config: unknown = parse(configText)
  const given = typeof config === 'object' && config !== null && 'weights' in config
  if (!given) throw new StudioError('BAD_INPUT', 'Pretrained weights must be given as a file, with --weights FILE (.pth or .safetensors); nothing is downloaded.')
}

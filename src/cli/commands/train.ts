import { resolve } from 'node:path'
import { parse } from 'jsonc-parser'
import { Command, Option } from 'commander'
import { SCHEDULE_PRESETS } from '../../config/width-schedule'
import { StudioError } from '../../contract/errors'
import { attendRun } from '../attend-run'
import { readConfigText } from '../config-text'
import type { CliContext, CommonOptions, Session } from '../context'
import { EXIT } from '../exit-codes'
import { trainBaselines } from './baselines'
import { runCommand, withCommonOptions } from '../run-command'
import { submitRuns } from '../submit-runs'
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
  readonly on: 'here' | 'slurm'
  readonly detach?: boolean
  readonly repeats?: number
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
    .addOption(new Option('--on <place>', 'here, or slurm: as a job of the cluster, with the resources of the section slurm of the file').choices(['here', 'slurm']).default('here'))
    .option('--detach', 'with --on slurm: submit and return; the jobs go on, and any later command sees them')
    .option('--repeats <n>', 'as many runs in all, each with its own seed; on a cluster side by side', wholeNumber(1, 51))
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
        const count = options.repeats ?? 1
        const onCluster = options.on === 'slurm'
        if (options.detach === true && !onCluster) throw new StudioError('BAD_INPUT', 'Only jobs of a cluster go on without this command: give --detach together with --on slurm.')
        if (options.baselines === true && (count > 1 || options.detach === true)) throw new StudioError('BAD_INPUT', 'Baselines belong to one run that has ended: train them with the command baselines.')
        const create = async ({ client }: Session): Promise<string> => {
          const input = { configText, dataDir: absolute(options.data), workers: options.workers ?? null, logDir: absolute(options.logDir), name: options.name ?? null, on: options.on }
          return (await client.call('runs.create', input)).runId
        }
        const repeat = async ({ client }: Session, runId: string, times: number): Promise<string[]> => (times === 0 ? [] : (await client.call('runs.repeat', { runId, count: times })).runIds)
        const createAll = async (session: Session): Promise<string[]> => {
          const first = await create(session)
          return [first, ...(await repeat(session, first, count - 1))]
        }
        if (options.detach === true) return submitRuns(context, options, createAll)

        // On a cluster all are jobs at once; here the next one is made when the last has ended.
        let made: string[] = []
        let code = await attendRun(context, options, async (session) => {
          made = onCluster ? await createAll(session) : [await create(session)]
          return made[0] ?? ''
        })
        const [first = ''] = made
        if (code === EXIT.stopped) await stopAll(context, options, made.slice(1))
        for (let index = 1; index < count && code === EXIT.ok; index++) {
          code = await attendRun(context, options, async (session) => made[index] ?? (await repeat(session, first, 1))[0] ?? '')
          if (code === EXIT.stopped) await stopAll(context, options, made.slice(index + 1))
        }
        return code === EXIT.ok && options.baselines === true ? trainBaselines(context, options, first) : code
      },
      options.config,
    ),
  )
}

/** Ctrl-C means every run of the command. */
async function stopAll(context: CliContext, options: CommonOptions, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return
  const session = await context.openSession({ workspace: options.workspace ?? null })
  try {
    for (const runId of runIds)
      await session.client.call('runs.stop', { runId, mode: 'after-step' }).catch((error: unknown) => {
        // One that has ended meanwhile needs no stop.
        if (!(error instanceof StudioError && error.code === 'CONFLICT')) throw error
      })
  } finally {
    await session.close()
  }
}

/** Nothing is downloaded: published weights come as a file. */
function requireWeights(configText: string): void {
  const config: unknown = parse(configText)
  const given = typeof config === 'object' && config !== null && 'weights' in config
  if (!given) throw new StudioError('BAD_INPUT', 'Pretrained weights must be given as a file, with --weights FILE (.pth or .safetensors); nothing is downloaded.')
}

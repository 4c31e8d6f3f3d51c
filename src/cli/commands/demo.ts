import { Command } from 'commander'
import { StudioError } from '../../contract/errors'
import { attendRun } from '../attend-run'
import { setKey } from '../config-text'
import type { CliContext, CommonOptions } from '../context'
import { runCommand, withCommonOptions } from '../run-command'
import { wholeNumber } from '../whole-number'
import { workersOption } from './train'

const PRESET = 'demo-fashion-mnist'
const MAX_IMAGES = 100_000_000

interface DemoOptions extends CommonOptions {
  readonly workers?: number
  readonly limit?: number
  readonly trainImages?: number
  readonly validationImages?: number
}

export function demoCommand(context: CliContext): Command {
  const images = wholeNumber(1, MAX_IMAGES)
  const command = new Command('demo')
    .description('train a small network on Fashion-MNIST and quantize it with FracBits to 1.5x')
    .addOption(workersOption())
    .option('--limit <n>', 'use only the first n training and n validation images', images)
    .option('--train-images <n>', 'use only the first n training images', images)
    .option('--validation-images <n>', 'use only the first n validation images', images)
  return withCommonOptions(command).action((options: DemoOptions) =>
    runCommand(
      context,
      options,
      () =>
        attendRun(context, options, async ({ client }) => {
          const { presets } = await client.call('configs.presets', {})
          const preset = presets.find(({ name }) => name === PRESET)
          if (preset === undefined) throw new StudioError('NOT_FOUND', `The shipped configuration ${PRESET} is missing; install the program again.`)
          const { runId } = await client.call('runs.create', { configText: limited(preset.text, options), dataDir: null, workers: options.workers ?? null })
          return runId
        }),
      `${PRESET}.jsonc`,
    ),
  )
}

function limited(text: string, options: DemoOptions): string {
  const train = options.trainImages ?? options.limit
  const validation = options.validationImages ?? options.limit
  const withTrain = train === undefined ? text : setKey(text, ['data_limit', 'train'], train)
  return validation === undefined ? withTrain : setKey(withTrain, ['data_limit', 'validation'], validation)
}

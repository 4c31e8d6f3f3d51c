import { resolve } from 'node:path'
import { Command } from 'commander'
import { adviceOn } from '../../config/advice'
import { readConfigText as readConfiguration } from '../../config/config-text'
import { scheduleWords } from '../../config/width-schedule'
import type { NetworkOutline } from '../../contract/configurations'
import { StudioError } from '../../contract/errors'
import type { TrainingConfig } from '../../contract/training-config'
import { withHardwareTable } from '../../engine/hardware-tables'
import { describeNetwork } from '../../quantization/network-outline'
import { readConfigText } from '../config-text'
import type { CliContext, CommonOptions } from '../context'
import { EXIT, type ExitCode } from '../exit-codes'
import { formatCount, formatSize } from '../output/format'
import { runCommand, withCommonOptions } from '../run-command'

/** Findings make it fail; advice does not. Needs no workspace. */
export function checkCommand(context: CliContext): Command {
  const command = new Command('check')
    .description('check a configuration file without running it: what is wrong, and advice on what is allowed but will probably not do what you want')
    .argument('<file>', 'configuration file')
  return withCommonOptions(command).action((file: string, options: CommonOptions) =>
    runCommand(
      context,
      options,
      async () => {
        const config = await withHardwareTable(parse(await readConfigText(resolve(context.io.cwd, file))), context.configsDir)
        return report(context, options, config, describeNetwork(config))
      },
      file,
    ),
  )
}

function parse(text: string): TrainingConfig {
  const { config, issues } = readConfiguration(text)
  if (config !== null) return config
  throw new StudioError(
    'CONFIG_INVALID',
    issues.length === 1 ? 'The configuration has a problem.' : `The configuration has ${String(issues.length)} problems.`,
    { issues },
  )
}

function report({ io }: CliContext, options: CommonOptions, config: TrainingConfig, network: NetworkOutline): ExitCode {
  const advice = adviceOn(config, { network })
  const { compression, epochs, start_epoch } = config
  const schedule = compression?.algorithm === 'fracbits_quantization' ? scheduleWords({ epochs, start_epoch, freeze_epoch: compression.freeze_epoch }) : null
  const { size, parameterCount, macs, bitOperations } = network
  if (options.json === true) {
    io.out.write(`${JSON.stringify({ type: 'network', parameters: parameterCount, macs, sizeBits: size, bitOperations, widthSchedule: schedule })}\n`)
    for (const one of advice) io.out.write(`${JSON.stringify({ type: 'advice', ...one })}\n`)
    return EXIT.ok
  }
  const sizes =
    size.initial === 0 ? '' : `, ${formatSize(size.initial)} quantized${size.target === null ? '' : `, ${formatSize(size.target)} at the target`}`
  const operations =
    bitOperations.initial === 0
      ? ''
      : `, ${formatCount(bitOperations.initial)} bit operations an image${bitOperations.target === null ? '' : ` (${formatCount(Math.floor(bitOperations.target))} at the target)`}`
  io.out.write(
    `[ok]   ${config.model}: ${formatCount(parameterCount)} parameters, ${formatCount(macs)} multiply-accumulates an image, ${formatSize(size.fp32)} in FP32${sizes}${operations}\n`,
  )
  if (schedule !== null) io.out.write(`       ${schedule}\n`)
  for (const { path, title, reason, remedy } of advice)
    io.out.write(
      `[hint] ${title} (${path})\n       ${reason}\n       ${remedy.label}: ${remedy.edits.map(({ path: at, value }) => `${at.join('.')} = ${JSON.stringify(value)}`).join(', ')}\n`,
    )
  if (advice.length === 0) io.out.write('       Nothing to advise.\n')
  return EXIT.ok
}

import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { EXPORT_FORMATS, type ExportFormat } from '../../contract/exports'
import { StudioError } from '../../contract/errors'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { verificationText } from '../output/verification-text'
import { runWithSession, withCommonOptions } from '../run-command'

interface ExportOptions extends CommonOptions {
  readonly format: ExportFormat
  readonly output?: string
}

export function exportCommand(context: CliContext): Command {
  const command = new Command('export')
    .description("write a run's integer model to a file, and check it against the trainer")
    .argument('<run>', 'id of the run, its first characters, or its name')
    .addOption(new Option('--format <format>', 'standard ONNX, QONNX, codes and widths as tensors, or a zip for TensorFlow.js in a browser').choices(EXPORT_FORMATS).default('onnx'))
    .option('-o, --output <file>', "file to write (default: in the run's folder)")
  return withCommonOptions(command).action((prefix: string, options: ExportOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const file = options.output === undefined ? null : resolve(options.output)
      const record = await client.call('exports.create', { runId: id, format: options.format, file })
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'export', ...record })}\n`)
      else context.io.out.write(`Written: ${record.file}\n${record.verification === null ? '' : verificationText(record.verification)}`)
      const verdict = record.verification?.verdict
      if (verdict === 'wrong' || verdict === 'differs')
        throw new StudioError('INTERNAL', 'The file does not do what the trainer does; do not use it.')
      return EXIT.ok
    }),
  )
}

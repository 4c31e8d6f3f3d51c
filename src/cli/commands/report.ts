import { resolve } from 'node:path'
import { Command } from 'commander'
import { writeFileAtomic } from '../../util/atomic-write'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { runWithSession, withCommonOptions } from '../run-command'

export function reportCommand(context: CliContext): Command {
  const command = new Command('report')
    .description('write one HTML page about a run: accuracies, widths, sizes, exported files, how to repeat it')
    .argument('<run>', 'id of the run, its first characters, or its name')
    .requiredOption('-o, --output <file>', 'HTML file to write')
  return withCommonOptions(command).action((prefix: string, options: CommonOptions & { output: string }) =>
    runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const { html } = await client.call('exports.report', { runId: id })
      const file = resolve(options.output)
      await writeFileAtomic(file, html)
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'report', runId: id, file })}\n` : `Written: ${file}\n`)
      return EXIT.ok
    }),
  )
}

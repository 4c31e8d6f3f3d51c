import { Command } from 'commander'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { findRun } from '../find-run'
import { runDetails } from '../output/run-details'
import { runWithSession, withCommonOptions } from '../run-command'

export function showCommand(context: CliContext): Command {
  const command = new Command('show').description('show everything about one run').argument('<run>', 'id of the run, or its first characters')
  return withCommonOptions(command).action((prefix: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const run = await client.call('runs.get', { runId: id })
      const history = await client.call('widths.history', { runId: id, maxPoints: 2 })
      const widths = run.result?.widths ?? history.widths.at(-1) ?? null
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'run', ...run, currentWidths: widths })}\n` : runDetails(run, widths))
      return EXIT.ok
    }),
  )
}

import { resolve } from 'node:path'
import { Command } from 'commander'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { formatCount } from '../output/format'
import { runWithSession, withCommonOptions } from '../run-command'

/** `import`: a run from the logs of another program. */
export function importCommand(context: CliContext): Command {
  const command = new Command('import')
    .description('make a run of the TensorBoard event files in a folder, such as a log folder of the NNCF sample')
    .argument('<folder>', 'folder with events.out.tfevents.* files in it or below it')
  return withCommonOptions(command).action((folder: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const imported = await client.call('runs.importLogs', { folder: resolve(context.io.cwd, folder) })
      for (const notice of imported.notices) context.io.err.write(`${notice}\n`)
      if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'imported-logs', ...imported })}\n`)
      else
        context.io.out.write(`${imported.runId}  ${imported.name}: ${formatCount(imported.series)} series, ${formatCount(imported.points)} points\n`)
      return EXIT.ok
    }),
  )
}

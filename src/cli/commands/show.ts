import { Command } from 'commander'
import type { Baselines } from '../../contract/baselines'
import type { RunAnnotations } from '../../contract/run-table'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { baselinesText } from './baselines'
import { findRun } from '../find-run'
import { runDetails } from '../output/run-details'
import { runWithSession, withCommonOptions } from '../run-command'

export function showCommand(context: CliContext): Command {
  const command = new Command('show').description('show everything about one run').argument('<run>', 'id of the run, its first characters, or its name')
  return withCommonOptions(command).action((prefix: string, options: CommonOptions) =>
    runWithSession(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const run = await client.call('runs.get', { runId: id })
      const history = await client.call('widths.history', { runId: id, maxPoints: 2 })
      const baselines = await client.call('runs.baselines', { runId: id })
      const annotations = await client.call('runs.annotations', { runId: id })
      const widths = run.result?.widths ?? history.widths.at(-1) ?? null
      context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'run', ...run, currentWidths: widths, annotations, baselines })}\n` : `${runDetails(run, widths)}${baselineWords(baselines)}${annotationWords(annotations)}`)
      return EXIT.ok
    }),
  )
}

/** Mixed precision is not shown without what it is judged by. */
function baselineWords(answer: Baselines): string {
  const text = baselinesText(answer)
  return text === '' ? '' : `\n${text}`
}

function annotationWords({ tags, notes, starred, parent, repeats }: RunAnnotations): string {
  const lines = [
    ...(starred ? ['starred'] : []),
    ...(tags.length > 0 ? [`tags: ${tags.join(', ')}`] : []),
    ...(repeats === null ? [] : [`one of the repeats "${repeats}"`]),
    ...(parent === null ? [] : [`branched from ${parent.runId} at step ${parent.step}`]),
    ...(notes === '' ? [] : ['notes:', ...notes.split('\n').map((line) => `  ${line}`)]),
  ]
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

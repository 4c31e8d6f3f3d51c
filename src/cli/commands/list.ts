import { Command } from 'commander'
import type { RunSummary } from '../../contract/entities'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { eachRun } from '../find-run'
import { formatPercent, formatRate, formatTime } from '../output/format'
import { hint } from '../output/hint'
import { renderTable } from '../output/table'
import { runWithSession, withCommonOptions } from '../run-command'

export function listCommand(context: CliContext): Command {
  return withCommonOptions(new Command('list').description('list the runs of the workspace, newest first')).action((options: CommonOptions) =>
    runWithSession(context, options, async ({ client, workspace }) => {
      const runs: RunSummary[] = []
      for await (const run of eachRun(client)) runs.push(run)
      if (options.json === true) for (const run of runs) context.io.out.write(`${JSON.stringify({ type: 'run', ...run })}\n`)
      else context.io.out.write(runs.length === 0 ? `No runs yet in ${workspace}. "${hint('demo')}" makes the first.\n` : runsTable(runs))
      return EXIT.ok
    }),
  )
}

function runsTable(runs: readonly RunSummary[]): string {
  const top1 = (run: RunSummary, kind: 'fp32' | 'mixed'): string => formatPercent(run.result?.rows.find((row) => row.kind === kind)?.top1)
  return renderTable(
    [
      { title: 'id' },
      { title: 'name' },
      { title: 'model' },
      { title: 'status' },
      { title: 'done', align: 'right' },
      { title: 'FP32', align: 'right' },
      { title: 'mixed', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'created' },
    ],
    runs.map((run) => [
      run.id,
      run.name,
      run.model,
      run.status,
      run.totalSteps > 0 ? `${Math.floor((100 * run.step) / run.totalSteps)}%` : '–',
      top1(run, 'fp32'),
      top1(run, 'mixed'),
      formatRate(run.result?.rows.find((row) => row.kind === 'mixed')?.rate),
      formatTime(run.createdAt),
    ]),
  )
}

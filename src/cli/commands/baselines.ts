import { Command } from 'commander'
import { BASELINE_ROLES, type Baselines } from '../../contract/baselines'
import { attendRun } from '../attend-run'
import type { CliContext, CommonOptions } from '../context'
import { EXIT, type ExitCode } from '../exit-codes'
import { findRun } from '../find-run'
import { formatPercent, formatRate, formatSize } from '../output/format'
import { renderTable } from '../output/table'
import { runCommand, withCommonOptions } from '../run-command'

export function baselinesCommand(context: CliContext): Command {
  const command = new Command('baselines')
    .description('train what a mixed-precision run is judged by, INT8 and one width for all weights, and say whether mixed precision pays')
    .argument('<run>', 'id of a finished run, its first characters, or its name')
  return withCommonOptions(command).action((prefix: string, options: CommonOptions) =>
    runCommand(context, options, () => trainBaselines(context, options, prefix)),
  )
}

/** Trains the baselines that a run lacks, one after the other, and prints all. */
export async function trainBaselines(context: CliContext, options: CommonOptions, prefix: string): Promise<ExitCode> {
  for (const role of BASELINE_ROLES) {
    let isThere = false
    const code = await attendRun(context, options, async ({ client }) => {
      const { id } = await findRun(client, prefix)
      const { runIds } = await client.call('runs.addBaselines', { runId: id, roles: [role] })
      const [made] = runIds
      if (made !== undefined) return made
      const known = (await client.call('runs.baselines', { runId: id })).baselines.find((one) => one.role === role)
      isThere = known?.status === 'finished'
      if (known !== undefined && !isThere) await client.call('runs.resume', { runId: known.runId })
      return known?.runId ?? id
    })
    if (code !== EXIT.ok && !isThere) return code
  }
  const session = await context.openSession({ workspace: options.workspace ?? null })
  try {
    const { id } = await findRun(session.client, prefix)
    const answer = await session.client.call('runs.baselines', { runId: id })
    context.io.out.write(options.json === true ? `${JSON.stringify({ type: 'baselines', runId: id, ...answer })}\n` : baselinesText(answer))
    return EXIT.ok
  } finally {
    await session.close()
  }
}

const ROLES = { int8: 'INT8', uniform: 'uniform' } as const

/** A line for each model of each baseline, and what follows from them. */
export function baselinesText({ baselines, missing, verdict }: Baselines): string {
  const rows = baselines.flatMap(({ role, runId, status, weightBits, activationBits, rows: results }) => {
    const head = [ROLES[role], `${String(weightBits)}/${String(activationBits)}`]
    if (results.length === 0) return [[...head, status, '', '', '', runId]]
    return results.map((row) => [...head, formatPercent(row.top1), formatSize(row.sizeBits), formatRate(row.rate), row.note, runId])
  })
  const table = renderTable(
    [
      { title: 'baseline' },
      { title: 'bits' },
      { title: 'top-1', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'rate', align: 'right' },
      { title: 'how' },
      { title: 'run' },
    ],
    rows,
  )
  const lacking = missing.length === 0 ? '' : `Not trained yet: ${missing.map((role) => ROLES[role]).join(' and ')}.\n`
  return `${rows.length === 0 ? '' : table}${lacking}${verdict === null ? '' : `${verdict.sentence}\n`}`
}

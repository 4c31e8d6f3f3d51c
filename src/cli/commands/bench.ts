import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { openStore } from '../../store/store'
import { seedRuns } from '../../store/testing/seeded-runs'
import { workspaceFolder } from '../../util/paths'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'
import { budgetsCommand } from './bench-budgets'
import { curvesCommand } from './bench-curves'
import { benchDataCommand } from './bench-data'
import { stepCommand } from './bench-step'
import { wholeNumber } from '../whole-number'

/** Makes workspaces to measure on. Not for a workspace with runs of one's own: what it adds looks like runs but was never trained. */
export function benchCommand(context: CliContext): Command {
  const seed = withCommonOptions(new Command('seed').description('fill a workspace with made-up runs, the same every time'))
    .option('--runs <n>', 'how many runs', wholeNumber(0, 1_000_000), 10_000)
    .option('--points <n>', "points of the newest run's training loss, with one spike in the middle", wholeNumber(0, 100_000_000), 1_000_000)
    .action((options: CommonOptions & { runs: number; points: number }) =>
      runCommand(context, options, async () => {
        const workspace = workspaceFolder(options.workspace ?? null)
        await mkdir(workspace, { recursive: true })
        const store = await openStore(join(workspace, 'studio.db'))
        try {
          const longRun = await seedRuns(store, { runs: options.runs, longPoints: options.points, folder: join(workspace, 'runs'), now: Date.now() })
          context.io.out.write(
            options.json === true
              ? `${JSON.stringify({ type: 'seeded', runs: options.runs, longRun })}\n`
              : `${options.runs} runs; the long one is ${longRun}.\n`,
          )
        } finally {
          await store.close()
        }
        return EXIT.ok
      }),
    )
  return new Command('bench').description('measure training on this machine, or make a workspace to measure on')
    .addCommand(stepCommand(context))
    .addCommand(benchDataCommand(context))
    .addCommand(curvesCommand(context))
    .addCommand(budgetsCommand(context))
    .addCommand(seed)
}

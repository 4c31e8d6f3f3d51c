import { Command } from 'commander'
import { replayFolder } from '../../training/reference/replay'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runCommand, withCommonOptions } from '../run-command'

/** Failed cases that are named; the rest are counted. */
const MAX_NAMED_FAILURES = 10

/** Replays recorded cases through the engine in this process; needs no workspace. */
export function referenceCommand(context: CliContext): Command {
  const command = new Command('reference')
    .description('replay recorded reference cases through the engine')
    .argument('<dir>', 'folder with recorded cases')
  return withCommonOptions(command).action((folder: string, options: CommonOptions) =>
    runCommand(context, options, async () => {
      let failed = 0
      for await (const report of replayFolder(folder)) {
        failed += report.failures.length
        if (options.json === true) {
          context.io.out.write(
            `${JSON.stringify({ type: 'family', family: report.family, cases: report.cases, failures: report.failures.length, largestError: report.largestError, failed: report.failures.slice(0, MAX_NAMED_FAILURES) })}\n`,
          )
          continue
        }
        context.io.out.write(
          `${report.failures.length === 0 ? '[ok]  ' : '[FAIL]'} ${report.family}: ${String(report.cases)} cases, ${String(report.failures.length)} failures, largest error ${report.largestError.toExponential(1)}\n`,
        )
        for (const failure of report.failures.slice(0, MAX_NAMED_FAILURES))
          context.io.out.write(`       ${failure.case}: ${failure.value} off by ${failure.error.toExponential(1)}\n`)
      }
      return failed === 0 ? EXIT.ok : EXIT.failure
    }),
  )
}

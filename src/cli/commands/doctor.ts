import { Command } from 'commander'
import type { CliContext, CommonOptions } from '../context'
import { EXIT } from '../exit-codes'
import { runWithSession, withCommonOptions } from '../run-command'

export function doctorCommand(context: CliContext): Command {
  return withCommonOptions(new Command('doctor').description('check runtime, data, disk and workspace of this machine')).action(
    (options: CommonOptions) =>
      runWithSession(context, options, async ({ client }) => {
        const { checks } = await client.call('app.doctor', {})
        for (const check of checks) {
          if (options.json === true) context.io.out.write(`${JSON.stringify({ type: 'check', ...check })}\n`)
          else
            context.io.out.write(
              `${check.ok ? '[ok]  ' : '[FAIL]'} ${check.name}: ${check.detail}\n${check.ok || check.remedy === null ? '' : `       ${check.remedy}\n`}`,
            )
        }
        return checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.failure
      }),
  )
}

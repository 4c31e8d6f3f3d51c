import type { Command } from 'commander'
import type { CliContext, CommonOptions, Session } from './context'
import { type ExitCode, exitCodeOfError } from './exit-codes'
import { printError } from './output/error-text'

/** Adds the options every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--workspace <dir>', 'folder with runs and database (default: FRACBITS_WORKSPACE, else your data folder)')
    .option('--json', 'one JSON object per line on stdout; words for people go to stderr')
}

/** Runs a command's work, reports what went wrong, and sets the exit code. `source` names the text that configuration issues point into. */
export async function runCommand(context: CliContext, options: CommonOptions, work: () => Promise<ExitCode>, source?: string): Promise<void> {
  try {
    context.setExitCode(await work())
  } catch (error) {
    printError(context.io, error, { json: options.json === true, source })
    context.setExitCode(exitCodeOfError(error))
  }
}

/** Like {@link runCommand}, with an engine that is closed afterwards whatever happens. */
export function runWithSession(context: CliContext, options: CommonOptions, work: (session: Session) => Promise<ExitCode>): Promise<void> {
  return runCommand(context, options, async () => {
    const session = await context.openSession({ workspace: options.workspace ?? null })
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  })
}

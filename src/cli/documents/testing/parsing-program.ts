import { join } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../../context'
import { createProgram, everyCommand } from '../../program'

/** The program with its commands, which parse their arguments and do nothing then. Errors are thrown, and nothing is printed. */
export function parsingProgram(): Command {
  const absent = (): never => {
    throw new Error('parsing needs no workspace')
  }
  const context: CliContext = {
    io: { out: { write: absent }, err: { write: absent }, cwd: '/', env: {} },
    version: '0.0.0',
    self: ['fracbits'],
    openSession: absent,
    keepWorkspace: absent,
    createTrainerHost: absent,
    pageDir: '/',
    configsDir: join(import.meta.dirname, '../../../../configs'),
    onInterrupt: () => () => undefined,
    setExitCode: absent,
  }
  const program = createProgram(context)
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    if (command.commands.length === 0) command.action(() => undefined)
  }
  return program
}

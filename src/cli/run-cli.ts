import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { z } from 'zod'
import type { TrainerHost } from '../contract/trainer-channel'
import type { Logger } from '../util/logger'
import type { CliContext } from './context'
import { EXIT, type ExitCode } from './exit-codes'
import { onInterrupt } from './interrupts'
import { processIo } from './io'
import { createProgram, everyCommand, withImpliedCommand } from './program'
import { createSessions } from './sessions'

/** What differs between the command under Node and inside the packaged application. */
export interface CliOptions {
  /** What the person typed behind the command's name. */
  readonly args: readonly string[]
  /** Folder with `package.json` and `out/` of this build. */
  readonly root: string
  readonly configsDir: string
  /** How this command is started again: program and first arguments. */
  readonly self: readonly [program: string, ...args: string[]]
  createTrainerHost(logger: Logger): TrainerHost
}

/**
 * The command `fracbits`. Resolves with the exit code when everything is written; the caller ends the process, since a handle that is still
 * open may not hold it back.
 * 1. Everything that belongs to this build lies in its folder, wherever the command is called from.
 * 2. A reader that has gone (`fracbits list | head -1`) ends the command quietly.
 * 3. Wrong arguments are bad input, like everything else that the person can put right.
 */
export async function runCli({ args, root, configsDir, self, createTrainerHost }: CliOptions): Promise<ExitCode> {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  let exitCode: ExitCode = EXIT.ok

  const context: CliContext = {
    io: processIo(),
    version,
    self,
    pageDir: join(root, 'out/renderer'),
    configsDir,
    createTrainerHost,
    onInterrupt,
    setExitCode: (code) => {
      exitCode = code
    },
    ...createSessions({ version, configsDir, self, createTrainerHost, notice: (text) => process.stderr.write(`${text}\n`) }),
  }

  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode)
    throw error
  })

  const program = createProgram(context)
  for (const command of everyCommand(program)) command.exitOverride()
  try {
    await program.parseAsync([...withImpliedCommand(args)], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander has printed its message; help and version are errors to it, too.
    exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.badInput
  }
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
  return exitCode
}

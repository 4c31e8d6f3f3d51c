import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { z } from 'zod'
import type { CliContext } from './context'
import { EXIT, type ExitCode } from './exit-codes'
import { onInterrupt } from './interrupts'
import { processIo } from './io'
import { createProgram, everyCommand, withImpliedCommand } from './program'
import { createSessions } from './sessions'

/*
 * The command `fracbits`.
 * 1. Everything that belongs to this build lies beside this file, wherever the command is called from.
 * 2. A reader that has gone (`fracbits list | head -1`) ends the command quietly.
 * 3. Wrong arguments are bad input, like everything else that the person can put right.
 * 4. All output is written before the process ends; a handle that is still open can't hold it back.
 */
const root = join(import.meta.dirname, '../..')
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
let exitCode: ExitCode = EXIT.ok

const context: CliContext = {
  io: processIo(),
  version,
  pageDir: join(root, 'out/renderer'),
  configsDir: join(root, 'configs'),
  onInterrupt,
  setExitCode: (code) => {
    exitCode = code
  },
  ...createSessions({
    version,
    configsDir: join(root, 'configs'),
    trainerEntry: join(import.meta.dirname, 'cli-trainer.js'),
    verifierEntry: join(import.meta.dirname, 'cli-verifier.js'),
    notice: (text) => process.stderr.write(`${text}\n`),
  }),
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCode)
  throw error
})

const program = createProgram(context)
for (const command of everyCommand(program)) command.exitOverride()
try {
  await program.parseAsync([...withImpliedCommand(process.argv.slice(2))], { from: 'user' })
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Commander has printed its message; help and version are errors to it, too.
  exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.badInput
}
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
process.exit(exitCode)

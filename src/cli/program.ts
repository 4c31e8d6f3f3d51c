import { Command } from 'commander'
import { baselinesCommand } from './commands/baselines'
import { benchCommand } from './commands/bench'
import { bundleCommand } from './commands/bundle'
import { checkCommand } from './commands/check'
import { resumeCommand, pauseCommand, stopCommand } from './commands/control'
import { compareCommand } from './commands/compare'
import { confusionCommand } from './commands/confusion'
import { dataCommand } from './commands/data'
import { demoCommand } from './commands/demo'
import { doctorCommand } from './commands/doctor'
import { exportCommand } from './commands/export'
import { JOB_COMMAND, jobCommand } from './commands/job'
import { importCommand } from './commands/import'
import { listCommand } from './commands/list'
import { publishedCommand } from './commands/published'
import { queueCommand } from './commands/queue'
import { referenceCommand } from './commands/reference'
import { reportCommand } from './commands/report'
import { runtimeCommand } from './commands/runtime'
import { serveCommand } from './commands/serve'
import { showCommand } from './commands/show'
import { trainCommand } from './commands/train'
import { verifyCommand } from './commands/verify'
import { whatIfCommand } from './commands/what-if'
import type { CliContext } from './context'
import { EXIT_CODES_HELP } from './exit-codes'

/** Every command, in the order of the help. To add one, write `commands/x.ts` and put it here. */
const COMMANDS: readonly ((context: CliContext) => Command)[] = [
  demoCommand,
  trainCommand,
  checkCommand,
  listCommand,
  showCommand,
  baselinesCommand,
  whatIfCommand,
  publishedCommand,
  dataCommand,
  compareCommand,
  confusionCommand,
  queueCommand,
  resumeCommand,
  pauseCommand,
  stopCommand,
  exportCommand,
  verifyCommand,
  reportCommand,
  bundleCommand,
  importCommand,
  doctorCommand,
  runtimeCommand,
  serveCommand,
  referenceCommand,
  benchCommand,
  jobCommand,
]

export function createProgram(context: CliContext): Command {
  const program = new Command('fracbits')
    .description('Train image classifiers with mixed-precision quantization (FracBits).')
    .version(context.version)
    .showHelpAfterError('(--help shows what is possible)')
  for (const create of COMMANDS) {
    const command = inheriting(create(context), program)
    program.addCommand(command, { hidden: command.name() === JOB_COMMAND })
  }
  program.addHelpText('after', `\nWithout a command, "-m train -c FILE ..." means "train -c FILE ...".\n\n${EXIT_CODES_HELP}`)
  return program
}

/** A command with all below it. */
export const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

function inheriting(command: Command, program: Command): Command {
  for (const inner of command.commands) inheriting(inner, program)
  return command.copyInheritedSettings(program).addHelpText('after', `\n${EXIT_CODES_HELP}`)
}

/** The older spelling names no command: options that belong to `train` imply it. */
export function withImpliedCommand(args: readonly string[]): readonly string[] {
  const implied = args[0]?.startsWith('-') === true && args.some((argument) => /^(-m|-c)/.test(argument) || /^--(mode|config)(=|$)/.test(argument))
  return implied ? ['train', ...args] : args
}

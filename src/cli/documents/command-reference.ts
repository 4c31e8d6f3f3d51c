import type { Argument, Command, Help, Option } from 'commander'
import { JOB_COMMAND } from '../commands/job'
import { EXIT_CODES_HELP } from '../exit-codes'
import { everyCommand } from '../program'
import { code, documentOf, linkTo, table } from './markdown'

const INTRODUCTION = `What is written here as \`fracbits list\` is called by \`npm start -- list\` in a checkout; paths are taken from where it is called.
\`--help\` behind a command prints what this page says of it. A run is given by its id, the first characters of it, or its name where only one run has it.`

const COMMON = ['workspace', 'json', 'help']

/** The names of a command from the program down. */
const nameOf = (command: Command): string => (command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`)

/** What the help of a command says below its lists. */
function wordsAfter(command: Command): string {
  let written = ''
  const kept = command.configureOutput()
  command.configureOutput({ ...kept, writeOut: (text) => (written += text) })
  command.outputHelp()
  command.configureOutput(kept)
  return written.slice(command.helpInformation().length).replace(EXIT_CODES_HELP, '').trim()
}

const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.:!?]$/.test(whole) ? whole : `${whole}.`
}

const defaultOf = ({ defaultValue }: Option | Argument): string => {
  if (defaultValue === undefined || (Array.isArray(defaultValue) && defaultValue.length === 0)) return '–'
  return code(Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue))
}

function optionRow(option: Option): string[] {
  const words = [
    option.description,
    option.argChoices === undefined ? null : `One of ${option.argChoices.map(code).join(', ')}`,
    option.mandatory ? 'Required' : null,
  ]
  return [code(option.flags), defaultOf(option), words.filter((part) => part !== null).join('. ')]
}

function sectionOf(command: Command, help: Help): string[] {
  const options = help.visibleOptions(command).filter((option) => !COMMON.includes(option.attributeName()))
  const silent = command.options.filter((option) => option.hidden).map((option) => code(option.flags))
  const after = wordsAfter(command)
  return [
    `## ${nameOf(command)}`,
    sentence(command.description()),
    `    ${help.commandUsage(command)}`,
    command.registeredArguments.length === 0
      ? ''
      : table(
          ['Argument', 'Default', 'Meaning'],
          command.registeredArguments.map((one) => [code(one.name()), defaultOf(one), one.description || one.name()]),
        ),
    command.commands.length === 0 ? '' : `Commands: ${command.commands.map((one) => linkTo(nameOf(one))).join(', ')}.`,
    options.length === 0 ? '' : table(['Option', 'Default', 'Meaning'], options.map(optionRow)),
    silent.length === 0 ? '' : `For command lines of NNCF's sample, without effect or refused with a sentence: ${silent.join(', ')}.`,
    after === '' ? '' : `\`\`\`text\n${after}\n\`\`\``,
  ]
}

function exitCodes(): string {
  const rows = [...EXIT_CODES_HELP.matchAll(/^ {2}(\d+) +(.+)$/gm)].map(([, number = '', words = '']) => [number, sentence(words)])
  return table(['Code', 'Meaning'], rows)
}

/** `docs/reference/commands.md`: every command with its arguments and options, from the program that parses them. */
export function commandReference(program: Command): string {
  const help = program.createHelp()
  const commands = everyCommand(program).filter((command) => command !== program && command.name() !== JOB_COMMAND)
  const [first] = commands
  const common = first === undefined ? [] : help.visibleOptions(first).filter((option) => COMMON.includes(option.attributeName()))
  return documentOf([
    '# Commands',
    INTRODUCTION,
    table(
      ['Command', 'What it does'],
      program.commands.filter((command) => command.name() !== JOB_COMMAND).map((command) => [linkTo(nameOf(command)), sentence(command.description())]),
    ),
    '## Options of every command',
    table(['Option', 'Default', 'Meaning'], common.map(optionRow)),
    wordsAfter(program),
    '## Exit codes',
    exitCodes(),
    ...commands.flatMap((command) => sectionOf(command, help)),
  ])
}

/** First argument of the program's own that makes it the command instead of the window. */
export const COMMAND_SWITCH = '--cli'

/**
 * What must precede {@link COMMAND_SWITCH}: no display is needed, Chromium keeps its remarks to itself, and root may use the command.
 * The sandbox is for pages, of which a command has none; its trainers are outside of it in the app, too.
 */
export const COMMAND_SWITCHES = ['--no-sandbox', '--ozone-platform=headless', '--log-level=3', COMMAND_SWITCH, '--'] as const

/**
 * The person's arguments when the program was started as the command `fracbits`, null when it is to show its window.
 * They follow `--`, so that Chromium takes none of them for its own.
 */
export function commandArguments(argv: readonly string[]): string[] | null {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  return own.includes(COMMAND_SWITCH) ? argv.slice(own.length + 1) : null
}

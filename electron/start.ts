import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandArguments } from './command/command-line'

/*
 * First file of the application: the window, or the command when it was started as that. Each is a bundle of its own, so that neither pays for
 * the other. Awaited, because Electron is not ready before this file has run, and some things must happen before that.
 */
const isCommand = commandArguments(process.argv) !== null
if (isCommand) {
  // Electron would show a dialog, which nobody at a terminal can see, and wait
  const end = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
await import(pathToFileURL(join(import.meta.dirname, isCommand ? 'command.js' : 'desktop.js')).href)

import { screenshots } from './run/screenshots.mjs'
import { start } from './run/start.mjs'
import { test } from './run/test.mjs'

const [what, ...args] = process.argv.slice(2)
const commands = { start: () => start(args), test, screenshots }
const command = commands[what]
if (!command) {
  process.stderr.write(`Unknown command "${what ?? ''}"; say "start", "test" or "screenshots".\n`)
  process.exit(2)
}
process.exitCode = await command()

import { bench } from './run/bench.mjs'
import { start } from './run/start.mjs'
import { test } from './run/test.mjs'

const [what, ...args] = process.argv.slice(2)
const commands = { start: () => start(args), test, bench: () => bench(args) }
const command = commands[what]
if (!command) {
  process.stderr.write(`Unknown command "${what ?? ''}"; say "start", "test" or "bench".\n`)
  process.exit(2)
}
process.exitCode = await command()

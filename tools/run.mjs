import { bench } from './run/bench.mjs'
import { licences } from './run/licences.mjs'
import { faults, fuzz } from './run/nightly.mjs'
import { makePackages } from './run/package.mjs'
import { screenshots } from './run/screenshots.mjs'
import { start } from './run/start.mjs'
import { test, testPackage } from './run/test.mjs'

const [what, ...args] = process.argv.slice(2)
const commands = {
  start: () => start(args),
  test,
  'test:package': testPackage,
  bench: () => bench(args),
  faults: () => faults(args),
  fuzz: () => fuzz(args),
  licences,
  screenshots,
  package: () => makePackages(args),
}
const command = commands[what]
if (!command) {
  process.stderr.write(`Unknown command "${what ?? ''}"; say one of: ${Object.keys(commands).join(', ')}.\n`)
  process.exit(2)
}
process.exitCode = await command()

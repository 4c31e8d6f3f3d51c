import { join } from 'node:path'
import { createForkTrainerHost } from './fork-trainer-host'
import { runCli } from './run-cli'

/* The command under Node, as a checkout runs it: trainers are Node processes that it forks itself. */
const here = import.meta.dirname
const root = join(here, '../..')
const exitCode = await runCli({
  args: process.argv.slice(2),
  root,
  configsDir: join(root, 'configs'),
  self: [process.execPath, import.meta.filename],
  createTrainerHost: (logger) => createForkTrainerHost({ entry: join(here, 'cli-trainer.js'), verifierEntry: join(here, 'cli-verifier.js'), logger }),
})
process.exit(exitCode)

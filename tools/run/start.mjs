import { join } from 'node:path'
import { electronExecutable, electronFolder } from '../setup/electron.mjs'
import { hasNoDisplay, isRoot, root } from '../setup/places.mjs'
import { setUpOrExit } from '../setup.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'
import { runEnvironment } from './environment.mjs'

/** `npm start`: set-up and build where needed, then the app, or with arguments the CLI. Resolves with the exit code. */
export async function start(args) {
  const { cache } = await setUpOrExit()
  const built = await buildIfNeeded()
  if (built !== 0) return built
  const env = runEnvironment(cache)
  const runCli = (cliArgs) =>
    runForeground(process.execPath, [join(root, 'out/main/cli.js'), ...cliArgs], { cwd: process.env.INIT_CWD ?? process.cwd(), env })

  if (args.length > 0) return runCli(args)
  if (hasNoDisplay()) {
    process.stderr.write('There is no display here: serving the same interface to a browser instead.\n')
    return runCli(['serve'])
  }
  // Chromium refuses to run its sandbox as root
  return runForeground(electronExecutable(electronFolder(cache)), ['.', ...(isRoot ? ['--no-sandbox'] : [])], { cwd: root, env })
}

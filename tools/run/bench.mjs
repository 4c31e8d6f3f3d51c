import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasNoDisplay, modules, root } from '../setup/places.mjs'
import { setUpOrExit } from '../setup.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'
import { runEnvironment } from './environment.mjs'

/**
 * `npm run bench -- NAME`: measures the built product and prints the figures, also those of `NAME-*.bench.ts`; fails where one is over its limit.
 * Resolves with the exit code.
 */
export async function bench([name = 'interface']) {
  const file = `e2e/bench/${name}.bench.ts`
  if (!existsSync(join(root, file))) {
    process.stderr.write(`There is no measurement "${name}"; the files in e2e/bench name those there are.\n`)
    return 2
  }
  const { cache } = await setUpOrExit({ forTests: true })
  const built = await buildIfNeeded()
  if (built !== 0) return built
  const call = [process.execPath, join(modules, 'vitest/vitest.mjs'), 'run', '--config', 'vitest.bench.config.ts', `e2e/bench/${name}`]
  const [command, ...args] = hasNoDisplay() ? ['xvfb-run', '-a', '-s', '-screen 0 1440x900x24', ...call] : call
  return runForeground(command, args, { cwd: root, env: { ...runEnvironment(cache), NODE_ENV: 'test' } })
}

import { join } from 'node:path'
import { modules, root } from '../setup/places.mjs'
import { setUpOrExit } from '../setup.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'
import { runEnvironment } from './environment.mjs'

/** `npm run screenshots`: pictures of every screen, in each theme and at two densities, in `out/screenshots`. Resolves with the exit code. */
export async function screenshots() {
  const { cache } = await setUpOrExit({ forTests: true })
  const built = await buildIfNeeded()
  if (built !== 0) return built
  const code = await runForeground(process.execPath, [join(modules, 'vitest/vitest.mjs'), 'run', '--config', 'vitest.screenshots.config.ts'], {
    cwd: root,
    env: runEnvironment(cache),
  })
  if (code === 0) process.stdout.write(`[screenshots] they are in ${join(root, 'out/screenshots')}\n`)
  return code
}

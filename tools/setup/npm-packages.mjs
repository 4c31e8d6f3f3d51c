import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modules, root } from './places.mjs'
import { runStep, stampIn } from './step.mjs'

/**
 * Installs the npm packages of the lock file. No package's own script runs: the two native addons are built by steps of their own,
 * with their own messages, and the same way under every version of npm.
 */
export const preparePackages = ({ tools }) =>
  runStep({
    stampFile: stampIn(modules, 'npm'),
    inputs: readFileSync(join(root, 'package-lock.json'), 'utf8'),
    exists: matchesLock,
    adopt: matchesLock,
    make: async () => {
      await tools.must('Installing npm packages', 'npm', ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'])
    },
  })

/** npm writes the list of what it installed last; an install by hand that agrees with the lock file is as good as ours. */
function matchesLock() {
  const installedList = join(modules, '.package-lock.json')
  if (!existsSync(installedList)) return false
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages
  const installed = read(installedList)
  return Object.entries(read(join(root, 'package-lock.json'))).every(([path, entry]) => {
    if (path === '') return true
    return installed[path] ? installed[path].version === entry.version : entry.optional === true
  })
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findPython, headerEnvironment, nodeGyp, requireCompiler } from './compilers.mjs'
import { modules, target, versionOf } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { runStep, stampIn } from './step.mjs'

const PREBUILT_LIMIT_MS = 20_000

/** SQLite's addon: the prebuilt one of its project where that can be fetched, else compiled. N-API: one build for Node and Electron. */
export function prepareSqlite({ tools }) {
  const folder = join(modules, 'sqlite3')
  const addon = join(folder, 'build/Release/node_sqlite3.node')
  const loads = async () => existsSync(addon) && (await tools.works(process.execPath, ['-e', `require(${JSON.stringify(addon)})`]))
  return runStep({
    stampFile: stampIn(join(folder, 'build'), 'sqlite3'),
    inputs: [versionOf('sqlite3'), target],
    exists: () => existsSync(addon),
    adopt: loads,
    make: async () => {
      const prebuilt = [join(modules, 'prebuild-install/bin.js'), '-r', 'napi']
      await tools.attempt(process.execPath, prebuilt, { cwd: folder, timeoutMs: PREBUILT_LIMIT_MS })
      if (await loads()) return 'prebuilt'
      await requireCompiler(tools)
      await findPython(tools)
      await tools.must('Compiling SQLite', process.execPath, [nodeGyp, 'rebuild', '-j', 'max'], { cwd: folder, env: headerEnvironment() })
      if (await loads()) return 'compiled'
      throw new SetupError('The compiled SQLite addon cannot be loaded; setup.log in the cache folder says why.')
    },
  })
}

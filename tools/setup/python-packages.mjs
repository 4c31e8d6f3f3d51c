import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findPython } from './compilers.mjs'
import { pins } from './places.mjs'
import { fillFolder, runStep, stampIn } from './step.mjs'

const packages = Object.entries(pins.python).map(([name, version]) => `${name}==${version}`)
const QUIET = ['-q', '--no-cache-dir', '--disable-pip-version-check', '--no-input']

/** Where the Python packages lie with which the tests run exported files. */
export const pythonPackagesFolder = (cache) => join(cache, 'python-packages')

/** The packages of the example for Python, apart from those of the machine's own Python. A Python for which they are not published has the test that needs them skipped. */
export async function preparePythonPackages({ cache, tools, forTests, warn }) {
  if (!forTests || process.env.FRACBITS_PYTHON) return undefined
  const folder = pythonPackagesFolder(cache)
  const [command, ...args] = await findPython(tools)
  const { output: version } = await tools.attempt(command, [...args, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  return runStep({
    stampFile: stampIn(cache, 'python-packages'),
    inputs: [packages, version.trim()],
    exists: () => existsSync(folder),
    make: async () => {
      try {
        await fillFolder(folder, (part) =>
          tools.must('Fetching them', command, [
            ...args,
            '-m',
            'pip',
            'install',
            ...QUIET,
            '--no-deps',
            '--only-binary=:all:',
            '--target',
            part,
            ...packages,
          ]),
        )
      } catch (error) {
        // what is there was made for another Python, or in other versions
        rmSync(folder, { recursive: true, force: true })
        warn(`Python ${version.trim()} does not get ${packages.join(' and ')}, so that exported files are not tried in it. ${error.message}`)
        return 'not to be had'
      }
      return packages.join(' ')
    },
  })
}

import { existsSync } from 'node:fs'
import { platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isWindows, modules } from './places.mjs'
import { SetupError } from './setup-error.mjs'

const inDebian = (packages) => `run "${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${packages}"`

/** How the person installs something here, as the second half of a sentence. */
const remedy = {
  compiler: { darwin: 'run "xcode-select --install"', linux: `${inDebian('build-essential')} (Fedora: "dnf install gcc-c++ make")` },
  python: { darwin: 'run "xcode-select --install"', linux: inDebian('python3') },
  pip: { darwin: 'run "python3 -m ensurepip"', linux: inDebian('python3-pip') },
}
const remedyFor = (what, elsewhere) => remedy[what][platform()] ?? elsewhere

/** Python 3.8 or newer with the arguments that start it. Needed to fetch TensorFlow (pip) and by node-gyp. */
export async function findPython(tools) {
  const candidates = isWindows ? [['py', '-3'], ['python']] : [['python3'], ['python']]
  for (const [command, ...args] of candidates) {
    if (await tools.works(command, [...args, '-c', 'import sys; assert sys.version_info >= (3, 8)'])) return [command, ...args]
  }
  throw new SetupError(`Python 3.8 or newer was not found; ${remedyFor('python', 'install Python 3')} and run this again.`)
}

/** Python together with pip. */
export async function findPip(tools) {
  const python = await findPython(tools)
  const [command, ...args] = python
  if (await tools.works(command, [...args, '-m', 'pip', '--version'])) return python
  throw new SetupError(
    `Python has no pip; ${remedyFor('pip', 'install pip')} and run this again, or name an installed TensorFlow in FRACBITS_TF_DIR.`,
  )
}

/** A C++ compiler and make; on Windows node-gyp finds Visual Studio itself and says so. */
export async function requireCompiler(tools) {
  if (isWindows) return
  for (const [what, command] of [
    ['C++ compiler', process.env.CXX || 'c++'],
    ['"make"', 'make'],
  ]) {
    if (!(await tools.works(command, ['--version'])))
      throw new SetupError(`No ${what} was found; ${remedyFor('compiler', 'install a C++ compiler and make')} and run this again.`)
  }
}

/** Environment for node-gyp: Node's own headers where they lie beside it, so that none are fetched. */
export function headerEnvironment() {
  const prefix = resolve(dirname(process.execPath), '..')
  return existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {}
}

export const nodeGyp = join(modules, 'node-gyp/bin/node-gyp.js')

import { existsSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { headerEnvironment, requireCompiler } from './compilers.mjs'
import { isWindows, modules, target, versionOf } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { runStep, stampIn } from './step.mjs'
import { libraries, tensorflowFolder } from './tensorflow.mjs'

const tfjs = join(modules, '@tensorflow/tfjs-node-gpu')
const addon = join(tfjs, 'lib/napi-v8/tfjs_binding.node')
const link = join(tfjs, 'deps/lib')

/**
 * tfjs-node-gpu's addon, compiled against our libtensorflow and loaded once: a sentence now beats a crash of the trainer later.
 * The compiled addon knows libtensorflow by name only, so another FRACBITS_TF_DIR needs a new link and no compiler.
 */
export function prepareAddon({ cache, tools }) {
  const folder = tensorflowFolder(cache)
  const load = () =>
    tools.attempt(process.execPath, ['-e', `console.log(require(${JSON.stringify(addon)}).TF_Version)`], { env: { TF_CPP_MIN_LOG_LEVEL: '3' } })
  const linksTo = () => (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : undefined)
  return runStep({
    stampFile: stampIn(join(tfjs, 'lib'), 'addon'),
    inputs: [versionOf('@tensorflow/tfjs-node-gpu'), target, folder],
    exists: () => existsSync(addon) && linksTo() === folder,
    adopt: async () => (await load()).code === 0,
    make: async () => {
      if (existsSync(addon)) {
        linkLibraries(folder)
        if ((await load()).code === 0) return 'linked'
      }
      await compile({ folder, tools })
      linkLibraries(folder)
      const result = await load()
      if (result.code === 0) return 'compiled'
      throw new SetupError(
        `TensorFlow's addon cannot be loaded with the libraries in ${folder} (${firstError(result)}); unset FRACBITS_TF_DIR if it is set, else delete ${folder} and run this again.`,
      )
    },
  })
}

async function compile({ folder, tools }) {
  if (isWindows) throw new SetupError('TensorFlow cannot be built on Windows yet; use a Linux machine (WSL2 works) or macOS.')
  if (!existsSync(join(folder, 'include')))
    throw new SetupError(
      `The TensorFlow in ${folder} has no "include" folder, which compiling the addon needs; use the "tensorflow" folder of a wheel.`,
    )
  await requireCompiler(tools)
  rmSync(join(tfjs, 'deps'), { recursive: true, force: true })
  mkdirSync(link, { recursive: true })
  symlinkSync(join(folder, 'include'), join(tfjs, 'deps/include'))
  // the linker asks for libtensorflow.so and libtensorflow_framework.so
  for (const name of libraries) {
    symlinkSync(join(folder, name), join(link, name))
    symlinkSync(
      name,
      join(
        link,
        name.replace('_cc', '').replace(/(\.so\.2|\.2\.dylib)$/, (end) => (end === '.so.2' ? '.so' : '.dylib')),
      ),
    )
  }
  await tools.must(
    "Compiling TensorFlow's addon",
    process.execPath,
    [join(modules, '@mapbox/node-pre-gyp/bin/node-pre-gyp'), 'install', '--build-from-source'],
    { cwd: tfjs, env: headerEnvironment() },
  )
}

/** One link to the folder, not links to its files: the libraries look for CUDA relative to the folder they were opened from. */
function linkLibraries(folder) {
  const fresh = `${link}.new`
  rmSync(fresh, { recursive: true, force: true })
  symlinkSync(folder, fresh, 'junction')
  rmSync(link, { recursive: true, force: true })
  renameSync(fresh, link)
}

const firstError = ({ output, problem }) =>
  output
    .split('\n')
    .find((line) => /Error/.test(line))
    ?.trim() ||
  problem ||
  output.trim().split('\n').at(-1) ||
  'it crashed'

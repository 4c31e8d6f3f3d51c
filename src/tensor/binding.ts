import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { StudioError } from '../contract/errors'
import { installation } from '../util/installation'
import { keepCompilations } from './compilation-cache'
import { DATA_TYPES, type DataType } from './types'

/** What the native addon of tfjs-node-gpu offers, as far as the engine uses it. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Int32Array | Uint8Array): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  isUsingGpuDevice(): boolean
  getNumOfTensors(): number
  loadSavedModel(directory: string, tags: string): number
  deleteSavedModel(id: number): void
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): { id: number; shape: number[]; dtype: number }[]
  readonly TF_Version: string
}

const ADDON = '@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'

let loaded: NativeBinding | undefined

/**
 * Loads libtensorflow into this process, once. Only trainer processes and probes may call it.
 * Throws RUNTIME_MISSING when the addon or one of its libraries can't be loaded.
 */
export function loadBinding(): NativeBinding {
  if (loaded) return loaded
  requireLibraries(process.env['FRACBITS_RUNTIME_DIR'])
  const load = createRequire(import.meta.url)
  // TensorFlow reads this when it is loaded. At 2 it would also report every file of compiled code that it reads, as text that it is not.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3'
  keepCompilations(libraryFolder(load))
  keepMemory(process.env)
  try {
    loaded = load(ADDON) as NativeBinding
  } catch (cause) {
    const runtime = process.env['FRACBITS_RUNTIME_DIR']
    const why = cause instanceof Error ? ` (${cause.message.split('\n')[0] ?? ''})` : ''
    const remedy = runtime ? `Remove the runtime in ${runtime} and install it again.` : installation().repair
    throw new StudioError('RUNTIME_MISSING', `TensorFlow could not be loaded${runtime ? why : ''}. ${remedy}`, { cause })
  }
  return loaded
}

/** The system's loader would take the built-in library in silence where a runtime has lost its own. */
export function requireLibraries(runtime: string | undefined): void {
  if (!runtime) return
  const folder = join(runtime, 'tensorflow')
  if (existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('libtensorflow_cc'))) return
  throw new StudioError('RUNTIME_MISSING', `The runtime in ${runtime} has lost its libtensorflow. Remove the runtime and install it again.`)
}

const MEBIBYTE = 2 ** 20

/**
 * Has TensorFlow keep memory from step to step instead of returning every feature map to the system, which clears it before it is used again.
 * To be called before the library is loaded; what the person has set stays. Without it a step takes a third longer in Node and more than twice
 * as long in Electron, whose allocator returns all large blocks at once (mobilenet_v2 at batch 8).
 */
export function keepMemory(env: NodeJS.ProcessEnv): void {
  env['TF_CPU_ALLOCATOR_USE_BFC'] ??= 'true'
  // TensorFlow's own limit is 64 GiB, whatever the machine has.
  env['TF_CPU_BFC_MEM_LIMIT_IN_MB'] ??= String(Math.ceil(totalmem() / MEBIBYTE))
}

/**
 * Folder of the libtensorflow that the addon will load; empty where it is elsewhere. A runtime's comes first (it is in LD_LIBRARY_PATH, which the
 * system has read when the process started). Else the addon looks in `deps/lib` of its package, which is a link
 * to the libraries: in a checkout to those of the set-up, in a packaged application to those beside `app.asar`. There the addon is named as if it
 * lay in the archive, and lies unpacked beside it.
 */
function libraryFolder(load: NodeJS.Require): string {
  const runtime = process.env['FRACBITS_RUNTIME_DIR']
  if (runtime) return runtime
  try {
    const addon = load.resolve(ADDON).replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)
    return realpathSync(join(dirname(addon), '../../deps/lib'))
  } catch {
    return ''
  }
}

export const dataTypeNumber = (dtype: DataType): number => DATA_TYPES[dtype]

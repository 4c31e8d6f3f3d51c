import { delimiter, join } from 'node:path'
import type { RuntimeRef } from '../contract/runtimes'

/** The driver keeps what it compiles for a card; its own limit is less than the kernels of one TensorFlow (4 GiB is the most it takes). */
const CUDA_CACHE_BYTES = 4 * 2 ** 30 - 1
const CUDA_FOLDER = '--xla_gpu_cuda_data_dir'

/** Variable that is set for trainers in a job of a cluster: who started them decides when they end, not the signal that reaches every process of a job. */
export const IN_JOB = 'FRACBITS_IN_JOB'

/** Keeps a trainer in a job from ending by that signal. */
export function outliveSignalsInJob(): void {
  if (process.env[IN_JOB] === undefined) return
  process.on('SIGTERM', () => undefined)
  process.on('SIGHUP', () => undefined)
}

/**
 * Environment of a process that loads TensorFlow: the built-in one, or a runtime, whose libraries then come before all others. TensorFlow's own
 * chatter is switched off, errors included: those that matter come back as errors of calls, the others are its attempts to read compiled code as
 * text. A probe of a runtime lets it speak: why there is no GPU stands there alone. What the person has set already stays.
 */
export function trainerEnvironment(base: NodeJS.ProcessEnv, mode: 'run' | 'probe' | 'job', runtime: RuntimeRef | null = null): NodeJS.ProcessEnv {
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '3', ...base, FRACBITS_TRAINER_MODE: mode }
  if (runtime === null) return quiet
  const own = {
    LD_LIBRARY_PATH: [...runtime.libraries, base['LD_LIBRARY_PATH'] ?? ''].filter((folder) => folder !== '').join(delimiter),
    FRACBITS_RUNTIME_DIR: runtime.folder,
    ...(mode === 'probe' ? { TF_CPP_MIN_LOG_LEVEL: '0' } : {}),
  }
  return runtime.kind === 'gpu' ? { ...GPU_DEFAULTS, ...quiet, ...own, XLA_FLAGS: cudaFlags(base['XLA_FLAGS'], runtime.folder) } : { ...quiet, ...own }
}

const GPU_DEFAULTS = { CUDA_CACHE_MAXSIZE: String(CUDA_CACHE_BYTES), TF_FORCE_GPU_ALLOW_GROWTH: 'true' }

/** XLA looks there for ptxas and libdevice. Its flags are divided at spaces, unless quoted. */
function cudaFlags(given: string | undefined, folder: string): string {
  if (given?.includes(CUDA_FOLDER) === true) return given
  return [given ?? '', `${CUDA_FOLDER}='${join(folder, 'nvidia', 'cuda_nvcc')}'`].join(' ').trim()
}

import { availableParallelism } from 'node:os'
import { toErrorShape } from '../contract/errors'
import type { ProbeMessage } from '../contract/probe-answer'
import { loadBinding } from './binding'

/** Loads TensorFlow in this process and says what it found, see {@link deviceName} for `parts`; throws RUNTIME_MISSING. */
export function probeRuntime(parts = 1): { tensorflow: string; device: string } {
  const binding = loadBinding()
  return { tensorflow: binding.TF_Version, device: deviceName(parts) }
}

/** What a process says whose one job is to look: what it found, or why it could not. */
export function probeMessage(): ProbeMessage {
  try {
    return probeRuntime()
  } catch (error) {
    return { problem: toErrorShape(error).message }
  }
}

/** The device that steps run on, for people: `GPU` or `CPU, 2 threads`; with the number of those that share a batch, `2 GPUs` or `CPU, 2 threads, batch in 2 parts`. */
export function deviceName(parts = 1): string {
  if (loadBinding().isUsingGpuDevice()) return parts === 1 ? 'GPU' : `${String(parts)} GPUs`
  return `CPU, ${String(threadCount())} threads${parts === 1 ? '' : `, batch in ${String(parts)} parts`}`
}

export function threadCount(): number {
  const wanted = Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? '0')
  return wanted > 0 ? wanted : availableParallelism()
}

import { availableParallelism } from 'node:os'
import { toErrorShape } from '../contract/errors'
import type { ProbeMessage } from '../contract/probe-answer'
import { loadBinding } from './binding'

/** Loads TensorFlow in this process and says what it found; throws RUNTIME_MISSING. */
export function probeRuntime(): { tensorflow: string; device: string } {
  const binding = loadBinding()
  return { tensorflow: binding.TF_Version, device: deviceName() }
}

/** What a process says whose one job is to look: what it found, or why it could not. */
export function probeMessage(): ProbeMessage {
  try {
    return probeRuntime()
  } catch (error) {
    return { problem: toErrorShape(error).message }
  }
}

/** The device that steps run on, for people: `GPU` or `CPU, 2 threads`. */
export function deviceName(): string {
  return loadBinding().isUsingGpuDevice() ? 'GPU' : `CPU, ${String(threadCount())} threads`
}

export function threadCount(): number {
  const wanted = Number(process.env['TF_NUM_INTRAOP_THREADS'] ?? '0')
  return wanted > 0 ? wanted : availableParallelism()
}

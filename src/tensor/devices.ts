import { Graph } from './graph'
import * as op from './ops'
import { Session } from './session'

export type DeviceKind = 'CPU' | 'GPU'

/** How operations of a graph name the device. */
export const deviceOf = (kind: DeviceKind, index: number): string => `/device:${kind}:${String(index)}`

/** How many devices of a kind TensorFlow computes with in this process, `most` at the most. Loads TensorFlow; throws RUNTIME_MISSING. */
export function countDevices(kind: DeviceKind, most: number): number {
  let count = 0
  while (count < most && hasDevice(deviceOf(kind, count))) count++
  return count
}

/** TensorFlow places the operations of a graph when it loads it, and refuses one with a device that it lacks. */
function hasDevice(device: string): boolean {
  const graph = new Graph()
  graph.on(device, () => op.identity(graph, graph.scalar(0), [], 'here'))
  try {
    new Session(graph).close()
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('explicitly assigned')) return false
    throw error
  }
}

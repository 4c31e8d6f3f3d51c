import { StudioError } from '../contract/errors'
import type { TrainerSpec } from '../contract/trainer-messages'
import type { TrainingConfig } from '../contract/training-config'
import { MAX_REPLICAS, sharingProblem } from '../contract/training-config/replicas'
import { countDevices, type DeviceKind, deviceOf } from '../tensor/devices'
import { deviceName } from '../tensor/probe'
import { installation } from '../util/installation'
import { readNvidia, whyNoGpu } from '../util/nvidia'

/** Lets TensorFlow see only the device that the configuration names. Call it before TensorFlow is used: later it has no effect. */
export function chooseDevice({ cpu_only, gpu_id }: Pick<TrainingConfig, 'cpu_only' | 'gpu_id'>): void {
  if (cpu_only === true) process.env['CUDA_VISIBLE_DEVICES'] = '-1'
  else if (gpu_id !== undefined) process.env['CUDA_VISIBLE_DEVICES'] = String(gpu_id)
}

/**
 * A run that asks for a GPU, by its runtime, by `gpu_id` or by `replicas`, never computes on the CPU instead: rejects with RUNTIME_MISSING and the reason where
 * TensorFlow, which it loads, uses none. To be called after {@link chooseDevice}.
 */
export async function requireDevice({ config, runtime }: Pick<TrainerSpec, 'config' | 'runtime'>): Promise<void> {
  const { replicas = 1 } = config
  const wants = config.cpu_only !== true && (runtime?.kind === 'gpu' || config.gpu_id !== undefined || replicas > 1)
  if (!wants || deviceName().startsWith('GPU')) return
  if (runtime?.kind !== 'gpu') {
    const leave = replicas > 1 ? 'set cpu_only to true to try the parts on the CPU' : 'leave gpu_id out'
    const remedy = `Choose a runtime for GPUs ("${installation().command} runtime install gpu", then runtime in the configuration), or ${leave}.`
    throw new StudioError('RUNTIME_MISSING', `The run asks for ${replicas > 1 ? `${String(replicas)} GPUs` : `GPU ${String(config.gpu_id)}`}, but the ${runtime?.name ?? 'built-in'} TensorFlow computes on the CPU. ${remedy}`)
  }
  const { reason, remedy } = whyNoGpu(await readNvidia(), runtime.needs, '', process.env['CUDA_VISIBLE_DEVICES'])
  throw new StudioError('RUNTIME_MISSING', `The run asks for a GPU (runtime ${runtime.name}) and can't have one. ${reason} ${remedy}`)
}

/** Devices that share every training batch, as a graph names them; one null where TensorFlow chooses a single one. */
export type SharingDevices = readonly (string | null)[]

export const ONE_DEVICE: SharingDevices = [null]

/**
 * The devices that share the batches of a run: `replicas` of them, or with `multiprocessing_distributed` all GPUs. The processor computes all parts
 * where `cpu_only` says so. Throws RUNTIME_MISSING where there are fewer GPUs, and CONFIG_INVALID where a batch can't be shared equally. To be called
 * after {@link requireDevice}.
 */
export function sharingDevices({ batch_size, replicas, multiprocessing_distributed, cpu_only, gpu_id }: TrainingConfig): SharingDevices {
  const onGpu = cpu_only !== true && deviceName().startsWith('GPU')
  const all = replicas === undefined && multiprocessing_distributed === true && gpu_id === undefined && onGpu
  const found = onGpu && (all || (replicas ?? 1) > 1) ? countDevices('GPU', MAX_REPLICAS) : 1
  const wanted = all ? Math.max(1, found) : (replicas ?? 1)
  if (wanted === 1) return ONE_DEVICE
  const problem = sharingProblem(batch_size, wanted)
  if (problem !== null) throw new StudioError('CONFIG_INVALID', problem, { issues: [{ path: 'batch_size', message: problem }] })
  if (onGpu) {
    if (found < wanted)
      throw new StudioError('RUNTIME_MISSING', `The run asks for ${String(wanted)} GPUs (replicas), but TensorFlow can use ${String(found)} here. Lower replicas, or look at the devices of this machine with "${installation().command} doctor".`)
    return devices('GPU', wanted)
  }
  // A session has one CPU device, which then computes all parts, unless it was given several.
  return countDevices('CPU', wanted) < wanted ? new Array<null>(wanted).fill(null) : devices('CPU', wanted)
}

const devices = (kind: DeviceKind, count: number): string[] => Array.from({ length: count }, (_, i) => deviceOf(kind, i))

import { StudioError } from '../contract/errors'
import type { TrainerSpec } from '../contract/trainer-messages'
import type { TrainingConfig } from '../contract/training-config'
import { deviceName } from '../tensor/probe'
import { installation } from '../util/installation'
import { readNvidia, whyNoGpu } from '../util/nvidia'

/** Lets TensorFlow see only the device that the configuration names. Call it before TensorFlow is used: later it has no effect. */
export function chooseDevice({ cpu_only, gpu_id }: Pick<TrainingConfig, 'cpu_only' | 'gpu_id'>): void {
  if (cpu_only === true) process.env['CUDA_VISIBLE_DEVICES'] = '-1'
  else if (gpu_id !== undefined) process.env['CUDA_VISIBLE_DEVICES'] = String(gpu_id)
}

/**
 * A run that asks for a GPU, by its runtime or by `gpu_id`, never computes on the CPU instead: rejects with RUNTIME_MISSING and the reason where
 * TensorFlow, which it loads, uses none. To be called after {@link chooseDevice}.
 */
export async function requireDevice({ config, runtime }: Pick<TrainerSpec, 'config' | 'runtime'>): Promise<void> {
  const wants = config.cpu_only !== true && (runtime?.kind === 'gpu' || config.gpu_id !== undefined)
  if (!wants || deviceName().startsWith('GPU')) return
  if (runtime?.kind !== 'gpu') {
    const remedy = `Choose a runtime for GPUs ("${installation().command} runtime install gpu", then runtime in the configuration), or leave gpu_id out.`
    throw new StudioError('RUNTIME_MISSING', `The run asks for GPU ${String(config.gpu_id)}, but the ${runtime?.name ?? 'built-in'} TensorFlow computes on the CPU. ${remedy}`)
  }
  const { reason, remedy } = whyNoGpu(await readNvidia(), runtime.needs, '', process.env['CUDA_VISIBLE_DEVICES'])
  throw new StudioError('RUNTIME_MISSING', `The run asks for a GPU (runtime ${runtime.name}) and can't have one. ${reason} ${remedy}`)
}

import type { TrainingConfig } from '../contract/training-config'

/** Lets TensorFlow see only the device that the configuration names. Call it before TensorFlow is used: later it has no effect. */
export function chooseDevice({ cpu_only, gpu_id }: Pick<TrainingConfig, 'cpu_only' | 'gpu_id'>): void {
  if (cpu_only === true) process.env['CUDA_VISIBLE_DEVICES'] = '-1'
  else if (gpu_id !== undefined) process.env['CUDA_VISIBLE_DEVICES'] = String(gpu_id)
}

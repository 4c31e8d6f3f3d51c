import { describe, expect, it } from 'vitest'
import type { RuntimeRef } from '../contract/runtimes'
import { trainerEnvironment } from './trainer-environment'

const GPU: RuntimeRef = {
  name: 'gpu-2.21.0',
  kind: 'gpu',
  folder: '/c/gpu-2.21.0',
  libraries: ['/c/gpu-2.21.0/tensorflow', '/c/gpu-2.21.0/nvidia/cudnn/lib'],
  needs: { driver: null, capability: null },
}

describe('the environment of a process that loads TensorFlow', () => {
  it('is as the person has it for the built-in one, but quiet', () => {
    expect(trainerEnvironment({ LD_LIBRARY_PATH: '/mine' }, 'run')).toEqual({ LD_LIBRARY_PATH: '/mine', TF_CPP_MIN_LOG_LEVEL: '3', FRACBITS_TRAINER_MODE: 'run' })
  })

  it('finds the libraries of a runtime before all others, and lets a probe of it speak', () => {
    const env = trainerEnvironment({ LD_LIBRARY_PATH: '/mine', XLA_FLAGS: '--xla_a=1' }, 'probe', GPU)
    expect(env).toMatchObject({
      LD_LIBRARY_PATH: '/c/gpu-2.21.0/tensorflow:/c/gpu-2.21.0/nvidia/cudnn/lib:/mine',
      FRACBITS_RUNTIME_DIR: '/c/gpu-2.21.0',
      XLA_FLAGS: "--xla_a=1 --xla_gpu_cuda_data_dir='/c/gpu-2.21.0/nvidia/cuda_nvcc'",
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    })
    expect(trainerEnvironment({}, 'run', GPU)).toMatchObject({ TF_CPP_MIN_LOG_LEVEL: '3', LD_LIBRARY_PATH: '/c/gpu-2.21.0/tensorflow:/c/gpu-2.21.0/nvidia/cudnn/lib' })
  })

  it('keeps what the person has set for GPUs, and sets nothing of that for a runtime on the CPU', () => {
    const set = { XLA_FLAGS: '--xla_gpu_cuda_data_dir=/own', TF_FORCE_GPU_ALLOW_GROWTH: 'false' }
    expect(trainerEnvironment(set, 'run', GPU)).toMatchObject(set)
    expect(Object.keys(trainerEnvironment({}, 'run', { ...GPU, kind: 'cpu', needs: null })).sort()).toEqual([
      'FRACBITS_RUNTIME_DIR',
      'FRACBITS_TRAINER_MODE',
      'LD_LIBRARY_PATH',
      'TF_CPP_MIN_LOG_LEVEL',
    ])
  })
})

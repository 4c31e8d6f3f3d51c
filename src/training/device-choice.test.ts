import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import type { RuntimeRef } from '../contract/runtimes'
import { TrainingConfig } from '../contract/training-config'
import { deviceName } from '../tensor/probe'
import { giveCpuDevices } from '../tensor/testing/cpu-devices'
import { chooseDevice, ONE_DEVICE, requireDevice, sharingDevices } from './device-choice'

giveCpuDevices(3)

const before = process.env['CUDA_VISIBLE_DEVICES']
afterEach(() => {
  if (before === undefined) delete process.env['CUDA_VISIBLE_DEVICES']
  else process.env['CUDA_VISIBLE_DEVICES'] = before
})

/** What native code, which does not ask Node, finds in this process's environment. */
const seen = (): string => execFileSync('sh', ['-c', 'printf %s "${CUDA_VISIBLE_DEVICES-all}"'], { encoding: 'utf8' })

describe('the device of a run', () => {
  it('is the CPU, or one GPU, where the configuration says so; else all may be used', () => {
    delete process.env['CUDA_VISIBLE_DEVICES']
    chooseDevice({})
    expect(seen()).toBe('all')
    chooseDevice({ gpu_id: 1 })
    expect(seen()).toBe('1')
    chooseDevice({ cpu_only: true, gpu_id: 1 })
    expect(seen()).toBe('-1')
  })

  const config = (more: object): TrainingConfig => TrainingConfig.parse({ model: 'resnet20', input_info: { sample_size: [1, 1, 28, 28] }, ...more })
  const runtime: RuntimeRef = { name: 'gpu-2.21.0', kind: 'gpu', folder: '/nowhere', libraries: [], needs: null }

  it('is never the CPU where a GPU was asked for', async () => {
    // The library that is loaded here sees no GPU, whatever the machine has.
    chooseDevice({ cpu_only: true })
    expect(deviceName()).toMatch(/^CPU/)
    await expect(requireDevice({ config: config({ gpu_id: 0 }) })).rejects.toMatchObject({
      code: 'RUNTIME_MISSING',
      message: expect.stringMatching(/^The run asks for GPU 0, but the built-in TensorFlow computes on the CPU\. .*runtime install gpu/) as unknown,
    })
    await expect(requireDevice({ config: config({}), runtime })).rejects.toMatchObject({
      code: 'RUNTIME_MISSING',
      message: expect.stringMatching(/^The run asks for a GPU \(runtime gpu-2\.21\.0\) and can't have one\. \S/) as unknown,
    })
    await expect(requireDevice({ config: config({ replicas: 2 }) })).rejects.toMatchObject({
      code: 'RUNTIME_MISSING',
      message: expect.stringMatching(/^The run asks for 2 GPUs, but the built-in TensorFlow computes on the CPU\. .*runtime install gpu.* set cpu_only to true/) as unknown,
    })
    await requireDevice({ config: config({}) })
    await requireDevice({ config: config({ cpu_only: true, replicas: 2 }) })
    await requireDevice({ config: config({ cpu_only: true, gpu_id: 0 }), runtime })
  })
})

describe('the devices that share a batch', () => {
  const config = (more: object): TrainingConfig => TrainingConfig.parse({ model: 'resnet20', input_info: { sample_size: [1, 1, 28, 28] }, batch_size: 12, cpu_only: true, ...more })

  it('are one, unless more are asked for', () => {
    expect(sharingDevices(config({}))).toEqual(ONE_DEVICE)
    expect(sharingDevices(config({ replicas: 1 }))).toEqual(ONE_DEVICE)
    // All GPUs are asked for; this is the CPU.
    expect(sharingDevices(config({ multiprocessing_distributed: true }))).toEqual(ONE_DEVICE)
  })

  it('are as many as were asked for; one processor computes all parts where TensorFlow has no more', () => {
    expect(sharingDevices(config({ replicas: 3 }))).toEqual(['/device:CPU:0', '/device:CPU:1', '/device:CPU:2'])
    expect(sharingDevices(config({ replicas: 4 }))).toEqual([null, null, null, null])
  })

  it('have equal parts, or the run is refused', () => {
    const run = () => sharingDevices(config({ batch_size: 10, replicas: 4 }))
    expect(run).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(run).toThrow("4 devices can't share 10 images equally. Set batch_size to a multiple of 4, such as 12, or set replicas to a number that divides it.")
  })
})

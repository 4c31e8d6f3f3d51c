import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { chooseDevice } from './device-choice'

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
})

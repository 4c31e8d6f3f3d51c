import { describe, expect, it } from 'vitest'
import { keepMemory } from './binding'

describe('memory of the native library', () => {
  it('is kept between steps, up to what the machine has', () => {
    const env: NodeJS.ProcessEnv = {}
    keepMemory(env)
    expect(env['TF_CPU_ALLOCATOR_USE_BFC']).toBe('true')
    expect(Number(env['TF_CPU_BFC_MEM_LIMIT_IN_MB'])).toBeGreaterThan(256)
  })

  it('is handled as the person has set it', () => {
    const env: NodeJS.ProcessEnv = { TF_CPU_ALLOCATOR_USE_BFC: 'false', TF_CPU_BFC_MEM_LIMIT_IN_MB: '2048' }
    keepMemory(env)
    expect(env).toEqual({ TF_CPU_ALLOCATOR_USE_BFC: 'false', TF_CPU_BFC_MEM_LIMIT_IN_MB: '2048' })
  })
})

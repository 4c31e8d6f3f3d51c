import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { keepMemory, requireLibraries } from './binding'

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

describe('the libraries of a runtime', () => {
  it('must be there: the built-in ones would be taken in silence', () => {
    const temp = makeTempDir()
    expect(() => requireLibraries(temp.path)).toThrow(`The runtime in ${temp.path} has lost its libtensorflow.`)
    mkdirSync(join(temp.path, 'tensorflow'))
    expect(() => requireLibraries(temp.path)).toThrow('Remove the runtime and install it again.')
    writeFileSync(join(temp.path, 'tensorflow/libtensorflow_cc.so.2'), '')
    requireLibraries(temp.path)
    requireLibraries(undefined)
    temp.remove()
  })
})

import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CompressionConfig } from '../contract/training-config'
import { makeTempDir } from '../util/temp-dir'
import { NamedCheckpoints, sampleName } from './named-checkpoints'

let temp: ReturnType<typeof makeTempDir>
beforeEach(() => {
  temp = makeTempDir()
})
afterEach(() => temp.remove())

const step = async (name: string): Promise<string> => {
  const file = join(temp.path, `${name}.safetensors`)
  await writeFile(file, name)
  return file
}
const read = (...name: string[]): Promise<string> => readFile(join(temp.path, 'kept', ...name), 'utf8')

describe('named checkpoints', () => {
  it('are the newest, the best, and every n-th', async () => {
    const kept = new NamedCheckpoints(join(temp.path, 'kept'), 'net', 2)
    await kept.keep(await step('one'), 1, true)
    await kept.keep(await step('two'), 2, false)
    expect([await read('net_last.safetensors'), await read('net_best.safetensors')]).toEqual(['two', 'one'])
    expect(await read('intermediate_checkpoints', 'epoch_2.safetensors')).toBe('two')
    await kept.keep(await step('three'), 3, true)
    await kept.keep(await step('three'), 3, true)
    expect([await read('net_last.safetensors'), await read('net_best.safetensors')]).toEqual(['three', 'three'])
    expect((await readdir(join(temp.path, 'kept'))).sort()).toEqual(['intermediate_checkpoints', 'net_best.safetensors', 'net_last.safetensors'])
  })

  it('say where they cannot be written', async () => {
    await writeFile(join(temp.path, 'kept'), 'a file is in the way')
    await expect(new NamedCheckpoints(join(temp.path, 'kept'), 'net', 2).keep(await step('one'), 1, true)).rejects.toThrow(/net_last\.safetensors cannot be written.*checkpoint_save_dir/)
  })

  it('are called as those of the sample', () => {
    const compression = (algorithm: string) => CompressionConfig.parse({ algorithm })
    expect(sampleName({ model: 'mobilenet_v2', dataset: 'imagenet', compression: compression('fracbits_quantization') })).toBe('mobilenet_v2_imagenet_fracbits_quantization')
    expect(sampleName({ model: 'resnet50', dataset: 'imagenet', compression: compression('quantization') })).toBe('resnet50_imagenet_int8')
    expect(sampleName({ model: 'resnet50', dataset: 'imagenet', compression: undefined })).toBe('resnet50_imagenet')
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { encodeHeader } from './safetensors-header'
import { Dictionary } from './testing/pickle-writer'
import { writePth } from './testing/write-pth'
import { openWeightFile, plainName } from './weight-file'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const TENSORS = { 'conv.weight': { shape: [2, 1, 1, 2], data: [1, 2, 3, 4] }, 'nncf_module.fc.bias': { shape: [3], data: [0.5, -1, 7] } }
const { path: folder, remove } = makeTempDir()
afterAll(remove)
const valuesOf = async (file: string): Promise<Record<string, number[]>> =>
  Object.fromEntries([...(await openWeightFile(file)).tensors].map(([name, tensor]) => [name, [...tensor.values()]]))

describe('weights in files', () => {
  it.each(['zip', 'legacy'] as const)('are read from a .pth file of the %s container', async (format) => {
    const file = join(folder, `${format}.pth`)
    await writePth(file, TENSORS, { format, facts: { epoch: 4, arch: 'tiny', best_acc1: 67.25, optimizer: new Dictionary([['lr', 0.1]]) } })
    expect(await valuesOf(file)).toEqual({ 'conv.weight': [1, 2, 3, 4], 'fc.bias': [0.5, -1, 7] })
    expect(Object.fromEntries((await openWeightFile(file)).facts)).toEqual({ epoch: 4, arch: 'tiny', best_acc1: 67.25 })
  })

  it('are read from what torch.save of PyTorch 2.13 wrote: a checkpoint as zip', async () => {
    const { tensors, facts } = await openWeightFile(join(FIXTURES, 'checkpoint-zip.pth'))
    const norm = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((name) => `bn.${name}`)
    expect([...tensors.keys()]).toEqual(['conv.weight', ...norm, 'fc.weight', 'fc.bias'])
    expect(facts.get('best_acc1')).toBe(67.5)
    const weight = tensors.get('conv.weight')
    expect(weight?.shape).toEqual([3, 2, 3, 3])
    expect(weight?.values()[0]).toBe(0.016462642699480057)
    expect(weight?.values().reduce((sum, value) => sum + value, 0)).toBeCloseTo(0.9133702060207725, 6)
  })

  it('are read from what torch.save of PyTorch 2.13 wrote: every element type and layout in the legacy container', async () => {
    const values = await valuesOf(join(FIXTURES, 'mixed-legacy.pth'))
    expect(values).toMatchObject({
      half: [1.5, -2.25, 6.097555160522461e-5],
      brain: [1.5, -2.25],
      double: [1.25, 2.5],
      long: [-3, 2 ** 40],
      byte: [200],
      bool: [1, 0],
      slice: [13, 14, 17, 18, 21, 22],
      scalar: [4.5],
      empty: [],
      parameter: [9],
    })
    expect(values['transposed']).toEqual([0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23])
  })

  it('are read from safetensors', async () => {
    const file = join(folder, 'x.safetensors')
    await writeFile(file, Buffer.concat([encodeHeader(new Map([['module.a', [2]]]), {}), Buffer.from(Float32Array.of(1, 2).buffer)]))
    expect(await valuesOf(file)).toEqual({ a: [1, 2] })
  })

  it('lose the prefixes of wrappers', () => {
    expect(plainName('module.nncf_module.a.module.b')).toBe('a.module.b')
    expect(plainName('external_quantizers.A/b_0|OUTPUT;A/c_0|OUTPUT.scale')).toBe('external_quantizers.A/b_0;A/c_0.scale')
  })
})

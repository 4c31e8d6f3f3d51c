import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { makeTempDir } from '../util/temp-dir'
import { withHardwareTable } from './hardware-tables'

const configsDir = join(import.meta.dirname, '../../configs')
const temp = makeTempDir()
afterAll(() => temp.remove())

const config = (hardware: string): TrainingConfig =>
  TrainingConfig.parse({
    model: 'resnet20',
    num_classes: 10,
    input_info: { sample_size: [1, 1, 28, 28] },
    dataset: 'fashion_mnist',
    compression: { algorithm: 'fracbits_quantization', hardware, loss: { type: 'hardware' } },
  })

describe('hardware tables', () => {
  it('that are shipped are valid, and a configuration takes one by its name', async () => {
    const names = (await readdir(join(configsDir, 'hardware'))).map((file) => file.replace('.json', ''))
    expect(names.sort()).toEqual(['bit-serial', 'int4-int8', 'int8'])
    for (const name of names) {
      const { compression } = await withHardwareTable(config(name), configsDir)
      expect(compression?.hardware_table?.cost.length).toBe(compression?.hardware_table?.weight_bits.length)
    }
  })

  it('are read from any file, and one that is given in place is kept', async () => {
    const file = join(temp.path, 'mine.json')
    const table = { name: 'mine', unit: 'joule', weight_bits: [4], activation_bits: [8], cost: [[2]] }
    await writeFile(file, `// a comment\n${JSON.stringify(table)}`)
    const read = await withHardwareTable(config(file), configsDir)
    expect(read.compression?.hardware_table).toEqual(table)
    expect(await withHardwareTable(read, '/nowhere')).toBe(read)
  })

  it('that are not there, or are none, are refused with the names of those that are', async () => {
    await expect(withHardwareTable(config('npu'), configsDir)).rejects.toThrow(/Name one of bit-serial, int4-int8, int8/)
    const file = join(temp.path, 'broken.json')
    await writeFile(file, '{ "name": "x", "unit": "y", "weight_bits": [8, 4], "activation_bits": [8], "cost": [[1], [2]] }')
    await expect(withHardwareTable(config(file), configsDir)).rejects.toThrow(/Widths must ascend/)
  })
})

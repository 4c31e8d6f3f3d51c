import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CompressionConfig } from '../contract/training-config'
import { writePth, type TestTensor } from '../models/weights/testing/write-pth'
import { openWeightFile } from '../models/weights/weight-file'
import { placeQuantizers } from '../quantization/placement'
import { widthsByQuantizer } from '../quantization/width-layout'
import { makeTempDir } from '../util/temp-dir'
import { importQuantizers, quantizerEntries } from './nncf-quantizers'
import { tinyNetwork } from './testing/tiny-network'

const { path: folder, remove } = makeTempDir()
afterAll(remove)

const specsOf = (more: object = {}) =>
  placeQuantizers(tinyNetwork(), CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', activations: { mode: 'asymmetric' }, ...more }))
const scalar = (value: number): TestTensor => ({ shape: [1], data: [value] })

/** What NNCF writes for these quantizers: widths from 4 upwards, scales and ranges by index. */
function entriesFor(specs: ReturnType<typeof specsOf>): Record<string, TestTensor> {
  const entries: Record<string, TestTensor> = {}
  specs.forEach((spec, i) => {
    const values = (start: number): TestTensor => ({ shape: [spec.ranges, 1, 1, 1], data: Array.from({ length: spec.ranges }, (_, c) => start + c / 8) })
    entries[`${spec.stateKey}._num_bits`] = scalar(4 + i / 4)
    entries[`${spec.stateKey}.enabled`] = scalar(1)
    if (spec.mode === 'symmetric') {
      entries[`${spec.stateKey}.signed_tensor`] = scalar(i % 2)
      entries[`${spec.stateKey}.scale`] = values(1 + i)
    } else {
      entries[`${spec.stateKey}.input_low`] = values(-1 - i)
      entries[`${spec.stateKey}.input_range`] = values(2 + i)
    }
  })
  return entries
}

const without = (entries: Record<string, TestTensor>, names: readonly string[]): Record<string, TestTensor> =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)))

async function imported(specs: ReturnType<typeof specsOf>, entries: Record<string, TestTensor>) {
  const file = join(folder, 'nncf.pth')
  await writePth(file, entries)
  return importQuantizers(await openWeightFile(file), specs)
}

describe('quantizers of an NNCF checkpoint', () => {
  it('become ours: width, sign, scale or range of each, by its key in the state dict', async () => {
    const specs = specsOf()
    const { state, found, missing, withoutWidth, disabled } = await imported(specs, entriesFor(specs))
    expect({ found, missing, withoutWidth, disabled }).toEqual({ found: specs.length, missing: [], withoutWidth: [], disabled: [] })
    expect([...(state.get('quantizers/bits') ?? [])]).toEqual(specs.map((_, i) => 4 + i / 4))
    specs.forEach((spec, i) => {
      const of = (name: string): number | undefined => state.get(`quantizers/${spec.id}/${name}`)?.[0]
      if (spec.mode === 'symmetric') expect([state.get('quantizers/signed')?.[i], of('scale')]).toEqual([i % 2, 1 + i])
      else expect([of('input_low'), of('input_range')]).toEqual([-1 - i, 2 + i])
    })
    expect(new Set(specs.map(({ mode }) => mode)).size).toBe(2)
  })

  it('give all kernels of a weight its width where each is to learn its own', async () => {
    const layers = specsOf()
    const kernels = specsOf({ bit_widths: { granularity: 'kernel', min: 2, max: 8 } })
    const { state } = await imported(kernels, entriesFor(layers))
    const widths = widthsByQuantizer(kernels, state.get('quantizers/bits') ?? [])
    expect(widths).toEqual(kernels.map((spec, i) => Array.from({ length: spec.kernels ?? 1 }, () => 4 + i / 4)))
    expect(widths.some(({ length }) => length === 4)).toBe(true)
  })

  it('may lack widths, as the original allows; a range that is missing or of another shape is named', async () => {
    const specs = specsOf()
    const [first, second, third] = specs
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few quantizers')
    const range = (spec: typeof first) => `${spec.stateKey}.${spec.mode === 'symmetric' ? 'scale' : 'input_low'}`
    const entries = without(entriesFor(specs), [...[first, second, third].map(({ stateKey }) => `${stateKey}._num_bits`), range(first)])
    entries[range(second)] = { shape: [7], data: [1, 2, 3, 4, 5, 6, 7] }
    entries[`${third.stateKey}.enabled`] = scalar(0)
    const { missing, withoutWidth, disabled, state } = await imported(specs, entries)
    expect(withoutWidth).toEqual([first.id, second.id, third.id])
    expect(missing).toEqual([first.id, second.id])
    expect(disabled).toEqual([third.id])
    expect(state.get('quantizers/bits')?.[0]).toBe(8)
  })

  it('keep sizes that are stored as logarithms so, whichever of its two names the file uses', async () => {
    const specs = specsOf({ weights: { logarithm_scale: true } })
    const [first, second] = specs.filter(({ kind }) => kind === 'weight')
    if (first === undefined || second === undefined) throw new Error('too few quantizers')
    const entries = without(entriesFor(specs), [`${second.stateKey}.scale`])
    entries[`${first.stateKey}.scale`] = { shape: [first.ranges], data: Array.from({ length: first.ranges }, () => Math.E) }
    entries[`${second.stateKey}._scale_param_storage`] = { shape: [second.ranges], data: Array.from({ length: second.ranges }, () => 3) }
    const { state } = await imported(specs, entries)
    expect(state.get(`quantizers/${first.id}/scale`)?.[0]).toBeCloseTo(1, 6)
    expect(state.get(`quantizers/${second.id}/scale`)?.[0]).toBe(3)
  })

  it('are told from other entries', () => {
    const [spec] = specsOf()
    const belongs = quantizerEntries(specsOf())
    expect([belongs(`${spec?.stateKey.replace('nncf_module.', '').replace('|OUTPUT', '') ?? ''}._num_bits`), belongs('conv1.weight')]).toEqual([true, false])
  })
})

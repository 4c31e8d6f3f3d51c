import { describe, expect, it } from 'vitest'
import { CompressionConfig, HardwareTable } from '../contract/training-config'
import { buildNetwork } from '../models/registry'
import { placeQuantizers } from './placement'
import type { QuantizerSpec } from './quantizer-spec'

const network = buildNetwork({ model: 'resnet20', model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
const place = (section: object): QuantizerSpec[] =>
  placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...section }))
const bounds = (specs: readonly QuantizerSpec[], kind: QuantizerSpec['kind']): string[] => [
  ...new Set(specs.filter((spec) => spec.kind === kind).map(({ minBits, maxBits, startBits }) => `${minBits} to ${maxBits} from ${String(startBits)}`)),
]

describe('widths that a configuration asks for', () => {
  it('are those of the original where it asks for nothing', () => {
    expect(bounds(place({}), 'weight')).toEqual(['4 to 12 from undefined'])
  })

  it('have bounds and a start, while sizes go on being compared with 8 bits', () => {
    const specs = place({ bit_widths: { min: 2, max: 8, initial: 5.5 } })
    expect([bounds(specs, 'weight'), bounds(specs, 'activation')]).toEqual([['2 to 8 from 5.5'], ['2 to 8 from 5.5']])
    expect(new Set(specs.map(({ initialBits }) => initialBits))).toEqual(new Set([8]))
  })

  it('start half a bit above the target, weights alone for a size, both for bit operations', () => {
    const asked = { min: 2, max: 8, start_at_target: true }
    const size = place({ bit_widths: asked, loss: { compression_rate: 2 } })
    expect([bounds(size, 'weight'), bounds(size, 'activation')]).toEqual([['2 to 8 from 4.5'], ['2 to 8 from 8']])
    const elements = size.reduce((sum, spec) => sum + spec.elements, 0)
    expect(place({ bit_widths: asked, loss: { size_bytes: elements / 2 } })[0]?.startBits).toBe(place({ bit_widths: asked, loss: { compression_rate: 2 } })[0]?.startBits)
    expect(bounds(place({ bit_widths: asked, loss: { type: 'bitops', compression_rate: 4 } }), 'activation')).toEqual(['2 to 8 from 4.5'])
  })

  it('of the first and the last layer, and of what these read, are pinned if asked', () => {
    const pinned = place({ bit_widths: { min: 2, max: 6, first_last_bits: 8 } }).filter(({ minBits, maxBits }) => minBits === maxBits)
    expect(pinned.map(({ id, startBits }) => [id, startBits])).toEqual([
      ['input|OUTPUT', 8],
      ['conv1|WEIGHT', 8],
      ['avgpool|OUTPUT', 8],
      ['fc|WEIGHT', 8],
    ])
  })

  it('are one an output channel of each weight if asked, but where they are pinned; activations keep one each', () => {
    const specs = place({ bit_widths: { granularity: 'kernel', min: 2, max: 8, first_last_bits: 8, fixed: { 'layer1.0.conv1|WEIGHT': 4 } } })
    const kernelsOf = (id: string): number | undefined => specs.find((spec) => spec.id === id)?.kernels
    expect(['conv1|WEIGHT', 'layer1.0.conv1|WEIGHT', 'layer1.0.conv2|WEIGHT', 'layer3.2.conv2|WEIGHT', 'fc|WEIGHT'].map(kernelsOf)).toEqual([undefined, undefined, 16, 64, undefined])
    expect(specs.some(({ kind, kernels }) => kind === 'activation' && kernels !== undefined)).toBe(false)
    expect(place({ bit_widths: { granularity: 'layer' } })).toEqual(place({ bit_widths: {} }))
    expect(place({ bit_widths: {} }).some((spec) => 'kernels' in spec)).toBe(false)
    expect(place({ algorithm: 'quantization', bit_widths: { granularity: 'kernel' } }).some((spec) => 'kernels' in spec)).toBe(false)
  })

  it('are uniform if asked, for weights and activations each', () => {
    const specs = place({ bit_widths: { weight_bits: 5, activation_bits: 8 } })
    expect([bounds(specs, 'weight'), bounds(specs, 'activation')]).toEqual([['5 to 5 from 5'], ['8 to 8 from 8']])
  })

  it('of single quantizers are kept if asked, by their id', () => {
    const specs = place({ bit_widths: { min: 2, max: 8, first_last_bits: 8, fixed: { 'fc|WEIGHT': 3 } } })
    expect(specs.find(({ id }) => id === 'fc|WEIGHT')).toMatchObject({ minBits: 3, maxBits: 3, startBits: 3 })
    expect(() => place({ bit_widths: { fixed: { nothing: 4 } } })).toThrow(/no quantizer "nothing"/)
  })

  it('are restricted by the table of a device, and by bounds within it', () => {
    const hardware_table = HardwareTable.parse({ name: 'x', unit: 'u', weight_bits: [2, 4, 8], activation_bits: [8], cost: [[1], [2], [4]] })
    const specs = place({ hardware_table, bit_widths: { min: 4 } })
    expect([bounds(specs, 'weight'), bounds(specs, 'activation')]).toEqual([['4 to 8 from 8'], ['8 to 8 from 8']])
    expect(specs.find(({ kind }) => kind === 'weight')?.allowedBits).toEqual([4, 8])
    expect(() => place({ hardware_table, bit_widths: { min: 5, max: 7 } })).toThrow(/left with no width/)
  })

  it('leave a level to use: 2 bits with the overflow fix are refused, and a device whose table was not read', () => {
    expect(() => place({ overflow_fix: 'enable', bit_widths: { min: 2 } })).toThrow(/overflow_fix/)
    expect(() => place({ hardware: 'int4-int8' })).toThrow(/was not read/)
  })
})

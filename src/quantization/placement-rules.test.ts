import { describe, expect, it } from 'vitest'
import type { NetworkDefinition } from '../models/layers'
import { createNetworkBuilder } from '../models/network-builder'
import type { NetworkBuilder, Value } from '../models/network-description'
import { placeQuantizers, type PlacementConfig } from './placement'
import type { QuantizerSpec } from './quantizer-spec'

const network = (body: (net: NetworkBuilder) => Value): NetworkDefinition => {
  const net = createNetworkBuilder({ name: 'net', className: 'Net', input: [8, 8, 4], numClasses: 3 })
  return net.finish(net.linear('fc', net.globalAveragePool('pool', body(net)), { out: 3 }))
}
const placed = (of: NetworkDefinition, config: PlacementConfig = {}, device?: string): QuantizerSpec[] =>
  placeQuantizers(of, config, { target_device: device })
const activations = (specs: readonly QuantizerSpec[]): string[][] =>
  specs.filter(({ kind }) => kind === 'activation').map(({ points }) => points.map(({ id }) => id))
const at = (specs: readonly QuantizerSpec[], id: string): QuantizerSpec => {
  const spec = specs.find(({ points }) => points.some((point) => point.id === id))
  if (!spec) throw new Error(`${id} is not quantized`)
  return spec
}
const conv = (net: NetworkBuilder, name: string, from: Value, options: { out?: number; groups?: number } = {}): Value =>
  net.conv(name, from, { out: options.out ?? 4, kernel: 3, groups: options.groups ?? 1 })

/** Two convolutions whose outputs are read by a third, and by their sum. */
const residual = network((net) => {
  const stem = net.relu('relu', conv(net, 'stem', net.input))
  return net.add(conv(net, 'branch', stem), stem)
})
const branches = network((net) => {
  const stem = conv(net, 'stem', net.input)
  const joined = net.concat([conv(net, 'b', stem), conv(net, 'a', stem)])
  const pooled = net.maxPool('max', joined, { kernel: 3, padding: 1, stride: 1 })
  return conv(net, 'last', net.concat([conv(net, 'c', joined), pooled]))
})

describe('quantizers of values with several readers', () => {
  it('serve all readers from the output', () => {
    const specs = placed(residual)
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['relu|OUTPUT'], ['branch|OUTPUT'], ['add|OUTPUT'], ['pool|OUTPUT']])
    expect(at(specs, 'relu|OUTPUT').points[0].quantizes).toEqual(['Net/NNCFConv2d[branch]/conv2d_0', 'Net/__add___0'])
  })

  it('stay in front of their reader where another reader stays in float', () => {
    const specs = placed(residual, { ignored_scopes: 'Net/__add___0' })
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['branch|INPUT0'], ['add|OUTPUT'], ['pool|OUTPUT']])
    const waiting = at(specs, 'branch|INPUT0')
    expect(waiting.points[0]).toMatchObject({ layer: 'relu', nncfId: 'Net/NNCFConv2d[branch]/conv2d_0|INPUT0' })
    expect(waiting.stateKey).toBe('external_quantizers.Net/NNCFConv2d[branch]/conv2d_0|INPUT0')
  })

  it('stay apart where their readers have no kind of quantizer in common', () => {
    const specs = placed(residual, { scope_overrides: { activations: { '{re}branch': { mode: 'asymmetric' } } } })
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['branch|INPUT0'], ['branch|OUTPUT'], ['add|INPUT1'], ['add|OUTPUT'], ['pool|OUTPUT']])
    expect([at(specs, 'branch|INPUT0').mode, at(specs, 'add|INPUT1').mode]).toEqual(['asymmetric', 'symmetric'])
  })

  it('have ranges per channel only if all readers are depthwise', () => {
    const depthwise = network((net) => {
      const stem = conv(net, 'stem', net.input)
      return net.add(conv(net, 'x', stem, { groups: 4 }), conv(net, 'y', stem, { groups: 4 }))
    })
    expect(at(placed(depthwise), 'stem|OUTPUT')).toMatchObject({ perChannel: true, ranges: 4, scaleShape: [1, 4, 1, 1] })
    const mixed = network((net) => {
      const stem = conv(net, 'stem', net.input)
      return net.add(conv(net, 'x', stem, { groups: 4 }), stem)
    })
    expect(at(placed(mixed), 'stem|OUTPUT')).toMatchObject({ perChannel: false, ranges: 1, scaleShape: [1] })
  })
})

describe('quantizers of concatenated values', () => {
  it('are one, also across a pool that leads to another concatenation', () => {
    const specs = placed(branches)
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['stem|OUTPUT'], ['b|OUTPUT', 'a|OUTPUT', 'c|OUTPUT'], ['last|OUTPUT'], ['pool|OUTPUT']])
    const shared = at(specs, 'a|OUTPUT')
    const names = ['a', 'b', 'c'].map((name) => `Net/NNCFConv2d[${name}]/conv2d_0|OUTPUT`)
    expect([shared.id, shared.layer, shared.stateKey]).toEqual(['a|OUTPUT', 'a', `external_quantizers.${names.join(';')}`])
    expect(shared.points.map(({ quantizes }) => quantizes.length)).toEqual([2, 2, 1])
  })

  it('have one range, whatever reads the concatenation', () => {
    const specs = placed(
      network((net) => conv(net, 'wide', net.concat([conv(net, 'a', net.input), conv(net, 'b', net.input)]), { out: 8, groups: 8 })),
    )
    expect(at(specs, 'a|OUTPUT')).toMatchObject({ perChannel: false, ranges: 1 })
    expect(at(specs, 'a|OUTPUT')).toBe(at(specs, 'b|OUTPUT'))
  })

  it('sit in front of the concatenation where a part has a float reader too', () => {
    const specs = placed(
      network((net) => {
        const a = conv(net, 'a', net.input)
        const b = conv(net, 'b', a)
        return conv(net, 'last', net.concat([a, b]))
      }),
      { ignored_scopes: ['Net/NNCFConv2d[b]/conv2d_0'] },
    )
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['b|OUTPUT', 'cat|INPUT0'], ['last|OUTPUT'], ['pool|OUTPUT']])
  })

  it('do not exist where nothing quantized reads it, and readers of a part keep their own', () => {
    const specs = placed(
      network((net) => {
        const a = conv(net, 'a', net.input)
        return conv(net, 'last', net.concat([a, conv(net, 'b', a)]))
      }),
      { ignored_scopes: ['Net/NNCFConv2d[last]/conv2d_0'] },
    )
    expect(activations(specs)).toEqual([['input|OUTPUT'], ['b|INPUT0'], ['last|OUTPUT'], ['pool|OUTPUT']])
  })

  it('are refused where the parts need different ones', () => {
    const shared = network((net) => conv(net, 'last', net.concat([conv(net, 'a', net.input), conv(net, 'b', net.input)])))
    const config = { weights: { per_channel: true }, activations: { per_channel: true } }
    expect(() => placed(shared, config, 'TRIAL')).toThrow(/must share one quantizer.*conv2d/)
  })
})

describe('which operations want quantized inputs', () => {
  const ids = (of: NetworkDefinition, config: PlacementConfig = {}): string[] => activations(placed(of, config)).flat()

  it('are fused chains as a whole, and normalisations and clipped activations that stand alone', () => {
    const chain = network((net) => net.relu6('act', net.batchNorm('bn', conv(net, 'a', net.input))))
    expect(ids(chain)).toEqual(['input|OUTPUT', 'act|OUTPUT', 'pool|OUTPUT'])
    const long = network((net) => net.batchNorm('bn2', net.relu('act', net.batchNorm('bn', conv(net, 'a', net.input)))))
    expect(ids(long)).toEqual(['input|OUTPUT', 'act|OUTPUT', 'bn2|OUTPUT', 'pool|OUTPUT'])
    const apart = network((net) => net.relu6('act', net.maxPool('max', conv(net, 'a', net.input), { kernel: 2 })))
    expect(ids(apart)).toEqual(['input|OUTPUT', 'a|OUTPUT', 'act|OUTPUT', 'pool|OUTPUT'])
  })

  it('can be named by target_scopes, or by the group', () => {
    expect(ids(residual, { target_scopes: ['{re}branch'] })).toEqual(['branch|INPUT0'])
    const weights = (config: PlacementConfig): string[] =>
      placed(residual, config)
        .filter(({ kind }) => kind === 'weight')
        .map(({ layer }) => layer)
    expect(weights({ target_scopes: ['{re}branch'] })).toEqual(['branch'])
    expect(weights({ weights: { ignored_scopes: ['{re}fc', 'Net/NNCFConv2d[stem]/conv2d_0'] } })).toEqual(['branch'])
    expect(ids(residual, { weights: { ignored_scopes: '{re}.' } })).toHaveLength(5)
  })

  it('are none of an ignored chain, of which one member is named', () => {
    expect(ids(residual, { ignored_scopes: ['Net/ReLU[relu]/relu__0'] })).not.toContain('input|OUTPUT')
  })

  it('include the logits on demand, and the image unless it is left out', () => {
    expect(ids(residual, { quantize_outputs: true })).toContain('fc|OUTPUT')
    expect(ids(residual, { quantize_inputs: false })).not.toContain('input|OUTPUT')
  })

  it('can share a quantizer by name', () => {
    const specs = placed(residual, { activations: { unified_scale_ops: [['Net/NNCFConv2d[stem]/conv2d_0', 'Net/NNCFLinear[fc]/linear_0']] } })
    expect(at(specs, 'input|OUTPUT')).toBe(at(specs, 'pool|OUTPUT'))
  })
})

describe('what quantizers start as', () => {
  it('takes signs and modes of scopes where the device can', () => {
    const signed = placed(residual, { activations: { signed: true }, scope_overrides: { activations: { '{re}fc': { mode: 'asymmetric' } } } })
    expect(at(signed, 'relu|OUTPUT').forceSigned).toBe(true)
    expect(at(signed, 'pool|OUTPUT').mode).toBe('asymmetric')
    expect(at(placed(residual), 'relu|OUTPUT').forceSigned).toBeNull()
    expect(() => placed(residual, { weights: { signed: false } })).toThrow(/signed false.*stem/)
  })

  it('is free on TRIAL, where weights can be overridden too', () => {
    const config: PlacementConfig = { weights: { bits: 4 }, scope_overrides: { weights: { '{re}branch': { bits: 6, per_channel: true } } } }
    const specs = placed(residual, config, 'TRIAL')
    expect(at(specs, 'stem|WEIGHT')).toMatchObject({ initialBits: 4, minBits: 2, maxBits: 6, perChannel: false, forceSigned: null, halfRange: false })
    expect(at(specs, 'branch|WEIGHT')).toMatchObject({ initialBits: 6, minBits: 3, maxBits: 9, ranges: 4, scaleShape: [4, 1, 1, 1] })
    expect(at(placed(residual, { scope_overrides: config.scope_overrides }), 'branch|WEIGHT').initialBits).toBe(8)
  })

  it('is refused for devices without a table and scopes that are no expression', () => {
    expect(() => placed(residual, {}, 'VPU')).toThrow(/VPU.*TRIAL/)
    expect(() => placed(residual, { ignored_scopes: '{re}(' })).toThrow(/not a regular expression/)
  })
})

describe('a scope that was made to keep its reader busy', () => {
  it('is refused by name', () => {
    const endless = '{re}(([A-Za-z0-9]+)*)*$!'
    expect(() => placed(residual, { ignored_scopes: [endless] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('takes too long') as unknown }),
    )
  })
})

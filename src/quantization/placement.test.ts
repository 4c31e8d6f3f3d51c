import { describe, expect, it } from 'vitest'
import { CompressionConfig } from '../contract/training-config'
import { INPUT_ID, INPUT_SCOPE } from '../models/network-builder'
import { buildNetwork } from '../models/registry'
import recorded from './fixtures/mobilenet-v2-32x32-placement.json'
import { placeQuantizers } from './placement'

const mobilenet = buildNetwork({ model: 'mobilenet_v2_32x32', model_params: { width_mult: 1 }, num_classes: 100 }, { channels: 3, height: 32, width: 32 })
const compression = (more: object = {}) => CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...more })
const asymmetric = { weights: { mode: 'asymmetric' }, activations: { mode: 'asymmetric' } }

describe('placement of quantizers', () => {
  it('equals what NNCF recorded for mobilenet_v2_32x32: order, nodes, mode and ranges', () => {
    const scopes = new Map([[INPUT_ID, INPUT_SCOPE], ...mobilenet.layers.map((layer): [string, string] => [layer.id, layer.scope])])
    const placed = placeQuantizers(mobilenet, compression(asymmetric)).map((spec) => [spec.kind, scopes.get(spec.layer), spec.mode, spec.perChannel, spec.ranges, spec.elements])
    expect(placed).toEqual(recorded.points)
  })

  it('counts the weights of the recorded INT8 size', () => {
    const bits = placeQuantizers(mobilenet, compression()).reduce((sum, spec) => sum + 8 * spec.elements, 0)
    expect(bits).toBe(recorded.counts.int8_model_size_bits)
  })

  it('takes one level bit less for all weights, for the first, or for none', () => {
    const halves = (overflow_fix: string) => placeQuantizers(mobilenet, compression({ overflow_fix })).filter((spec) => spec.halfRange)
    expect(halves('enable').every((spec) => spec.kind === 'weight')).toBe(true)
    expect(halves('enable')).toHaveLength(recorded.counts.weight_quantizers)
    expect(halves('first_layer_only').map((spec) => spec.layer)).toEqual(['features.0.0'])
    expect(halves('disable')).toEqual([])
  })

  it('gives depthwise inputs one range when per-channel ranges are switched off, and refuses them elsewhere', () => {
    const off = placeQuantizers(mobilenet, compression({ activations: { per_channel: false } })).filter((spec) => spec.kind === 'activation')
    expect(off.every((spec) => spec.ranges === 1)).toBe(true)
    expect(() => placeQuantizers(mobilenet, compression({ activations: { per_channel: true } }))).toThrow(/per_channel/)
  })

  it('leaves the logits of resnet20 alone and quantizes both inputs of every addition', () => {
    const resnet = buildNetwork({ model: 'resnet20', model_params: { width_mult: 1 }, num_classes: 10 }, { channels: 1, height: 28, width: 28 })
    const ids = new Set(placeQuantizers(resnet, compression()).map((spec) => spec.id))
    expect(ids.has('fc|WEIGHT')).toBe(true)
    expect(ids.has('fc|OUTPUT')).toBe(false)
    for (const layer of resnet.layers) if (layer.kind === 'add') for (const input of layer.inputs) expect([input, ids.has(`${input}|OUTPUT`)]).toEqual([input, true])
  })
})

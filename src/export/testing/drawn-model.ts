import { CompressionConfig } from '../../contract/training-config'
import type { BatchNormLayer, NetworkDefinition } from '../../models/layers'
import { parametersOf } from '../../models/parameter-list'
import { stateDictShape } from '../../models/state-dict-layout'
import { placeQuantizers } from '../../quantization/placement'
import { randomStream } from '../../util/random'
import type { FloatTensor, IntegerModel, IntegerWeight, NormFactors } from '../integer-model'
import type { Provenance } from '../manifest'

export const PROVENANCE: Provenance = {
  run: 'testrun00001',
  checkpointSha256: '0'.repeat(64),
  model: 'resnet20',
  classes: 3,
  widthMult: 1,
  transformInput: true,
  dataset: 'mnist',
  limit: null,
  excluded: [],
  decoding: { applyExifOrientation: false, scaleGrey16: false },
  classNames: [],
  appVersion: '0',
}

/** An integer model of a network with drawn codes of 4 to 9 bits, one width a layer, and quantizers where training places them: what exporters write, without training. */
export function drawnModel(network: NetworkDefinition): IntegerModel {
  // Tens of millions of codes: a linear congruential generator (Numerical Recipes) is random enough.
  let state = 11
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const weights = new Map<string, IntegerWeight>()
  const floats = new Map<string, FloatTensor>()
  parametersOf(network).forEach((info, i) => {
    const shape = stateDictShape(info)
    const count = shape.reduce((product, size) => product * size, 1)
    if (!info.kind.endsWith('-weight')) {
      floats.set(info.name, { shape, data: Float32Array.from({ length: count }, () => (info.kind === 'norm-scale' || info.kind === 'running-variance' ? 1 : 0) + below(100) / 200) })
      return
    }
    const bits = 4 + (i % 6)
    const [channels = 1] = shape
    const codes = Int32Array.from({ length: count }, () => below(2 ** bits) - 2 ** (bits - 1))
    // So that what a layer gives has about the deviation of what it reads.
    const factor = 2 ** (bits - 2) * Math.sqrt(count / channels)
    weights.set(info.layer, { layer: info.layer, bits, kernelBits: null, signed: true, shape, codes, factor: Float32Array.from({ length: channels }, (_, c) => factor * (1 + c / channels)), zeroPoint: new Int32Array(channels) })
  })
  const specs = placeQuantizers(network, CompressionConfig.parse({ algorithm: 'fracbits_quantization' }))
  const grid = { factor: 63.75, zeroPoint: 0, lowest: 0, highest: 255, low: 0, high: 4 }
  const norms = new Map<string, NormFactors>()
  for (const layer of network.layers)
    if (layer.kind === 'batch-norm') norms.set(layer.id, evaluated(layer, (name) => floats.get(`${layer.id}.${name}`)?.data ?? new Float32Array()))
  const channels = network.input[2]
  return {
    network,
    mean: Array.from({ length: channels }, () => 0.5),
    std: Array.from({ length: channels }, () => 0.25),
    weights,
    activations: specs.flatMap(({ kind, id, points }) => (kind === 'activation' ? [{ id, points: points.map((point) => point.id), bits: 8, signed: false, grids: [grid] }] : [])),
    floats,
    norms,
  }
}

/** What a batch norm does with its running statistics. */
function evaluated({ epsilon }: BatchNormLayer, of: (name: string) => Float32Array): NormFactors {
  const slope = of('weight').map((scale, i) => scale / Math.sqrt((of('running_var')[i] ?? 1) + epsilon))
  return { slope, offset: of('bias').map((shift, i) => shift - (of('running_mean')[i] ?? 0) * (slope[i] ?? 0)) }
}

/** Noise as images, [count, ...input]. */
export function noisePixels({ input }: NetworkDefinition, count: number): Uint8Array {
  const random = randomStream(12, 0)
  return Uint8Array.from({ length: count * input[0] * input[1] * input[2] }, (_, i) => random.below(i, 256))
}

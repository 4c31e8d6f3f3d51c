import { describe, expect, it } from 'vitest'
import { createNetworkBuilder } from '../../models/network-builder'
import type { NetworkDefinition } from '../../models/layers'
import { buildNetwork } from '../../models/registry'
import { evaluatedNetwork } from '../../models/evaluated-network'
import { onnxFile } from '../onnx/onnx-file'
import { drawnModel, noisePixels, PROVENANCE } from '../testing/drawn-model'
import { onnxSession } from '../verify/run-images'
import { tfjsFile } from './tfjs-file'
import { tfjsSession } from './tfjs-runtime'
import { readTfjs } from './read-tfjs'

const IMAGES = 2

const network = (model: 'resnet20' | 'mobilenet_v2' | 'mobilenet_v2_32x32' | 'resnet50' | 'inception_v3', size: number, channels: number): NetworkDefinition =>
  // Half as wide where there would be tens of millions of weights.
  evaluatedNetwork(buildNetwork({ model, num_classes: 5, model_params: { width_mult: /resnet50|inception/.test(model) ? 0.5 : 1, transform_input: true } }, { height: size, width: size, channels }))

describe('a graph model of TensorFlow.js', () => {
  it.each([
    ['resnet20', 28, 1],
    ['mobilenet_v2', 32, 3],
    ['mobilenet_v2_32x32', 32, 3],
    ['resnet50', 32, 3],
    ['inception_v3', 299, 3],
  ] as const)('has all that %s is made of, and computes what the ONNX file does', async (name, size, channels) => {
    const drawn = drawnModel(network(name, size, channels))
    // Inception's averages are sums of floats, and a last bit that differs would tip values between two levels in a hundred layers of drawn weights.
    const model = name === 'inception_v3' ? { ...drawn, activations: [] } : drawn
    const pixels = noisePixels(model.network, IMAGES)
    const shape = [IMAGES, ...model.network.input]
    const onnx = await onnxSession(onnxFile(model, PROVENANCE))
    const tfjs = await tfjsSession(tfjsFile(model, PROVENANCE))
    const [expected, actual] = [await onnx.run(pixels, shape), await tfjs.run(pixels, shape)]
    await onnx.close()
    await tfjs.close()
    const largest = Math.max(...expected.map(Math.abs))
    expect(largest).toBeGreaterThan(0.1)
    // What a layer reads after a pool is no longer on a grid: sums of floats, in whatever order.
    expect(Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? NaN)))) / largest).toBeLessThan(1e-5)
  })

  it('is refused with a sentence where TensorFlow.js lacks an operator', () => {
    const net = createNetworkBuilder({ name: 'grouped', className: 'Grouped', input: [6, 6, 4], numClasses: 3 })
    const grouped = net.conv('conv1', net.input, { out: 4, kernel: 3, groups: 2 })
    const model = drawnModel(net.finish(net.linear('fc', net.globalAveragePool('pool', grouped), { out: 3 })))
    expect(() => tfjsFile(model, PROVENANCE)).toThrow('TF.js has no convolution in 2 groups, which conv1 is. Export to ONNX instead.')
  })

  it('says beside its graph how its codes are stored and what they would take at their widths', () => {
    const { json } = readTfjs(tfjsFile(drawnModel(network('resnet20', 28, 1)), PROVENANCE))
    expect(json.userDefinedMetadata['fracbits_storage']).toMatch(/^TF\.js reads weights of 8 or 16 bits only: the codes take \d+ bytes here, at their own widths they would take \d+\./)
  })

  it('has weights in files of no more than 4 MB', () => {
    const { json, weights } = readTfjs(tfjsFile(drawnModel(network('mobilenet_v2', 32, 3)), PROVENANCE))
    expect(json.weightsManifest[0]?.paths).toHaveLength(Math.ceil(weights.length / 2 ** 22))
  })
})

import ort from 'onnxruntime-node'
import { afterEach } from 'vitest'
import { CompressionConfig } from '../../contract/training-config'
import type { ExportFormat } from '../../contract/exports'
import { exportedFile } from '../../export/exported-file'
import { integerModel, type IntegerModel } from '../../export/integer-model'
import { PROVENANCE } from '../../export/testing/drawn-model'
import { type TfjsBackend, tfjsSession } from '../../export/tfjs/tfjs-runtime'
import { initialValues } from '../../models/initial-values'
import type { NetworkDefinition } from '../../models/layers'
import { createNetworkBuilder } from '../../models/network-builder'
import { placeQuantizers } from '../../quantization/placement'
import type { QuantizerSpec } from '../../quantization/quantizer-spec'
import { widthSpecs } from '../../quantization/width-layout'
import { integerParts } from '../integer-parts'
import { buildTrainingGraph } from '../training-graph'
import { TrainingEngine } from '../training-engine'
import { noiseBatch } from './tiny-network'

/** Concatenation, single channels, scalars, a bordered average, dropout: what the other small network has not. */
export function branchedNetwork(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'branched', className: 'Branched', input: [8, 8, 3], numClasses: 3 })
  const channels = [0, 1, 2].map((i) => net.addScalar(net.multiplyScalar(net.selectChannel(net.input, i), 0.5 + 0.1 * i), 0.05 * i))
  const stem = net.relu('relu', net.batchNorm('bn1', net.conv('conv1', net.concat(channels), { out: 5, kernel: 3 })))
  const left = net.relu(
    'relu2',
    net.batchNorm('bn2', net.conv('conv2', net.averagePool(null, stem, { kernel: 3, stride: 1, padding: 1 }), { out: 3, kernel: 1 })),
  )
  const right = net.relu('relu3', net.conv('conv3', stem, { out: 4, kernel: 3, bias: true }))
  const joined = net.concat([left, right, net.maxPool(null, stem, { kernel: 3, stride: 1, padding: 1 })])
  return net.finish(net.linear('fc', net.dropout('dropout', net.globalAveragePool('pool', joined), 0.5), { out: 3 }))
}

/** As MobileNetV2 is made: what depthwise convolutions alone read is quantized with a range for each channel, and dropout comes before the classifier. */
export function separableNetwork(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'separable', className: 'Separable', input: [8, 8, 3], numClasses: 3 })
  const stem = net.relu6('relu1', net.batchNorm('bn1', net.conv('conv1', net.input, { out: 6, kernel: 3 })))
  const depth = net.relu6('relu2', net.batchNorm('bn2', net.conv('depthwise', stem, { out: 6, kernel: 3, groups: 6 })))
  const point = net.batchNorm('bn3', net.conv('pointwise', depth, { out: 5, kernel: 1 }))
  return net.finish(net.linear('fc', net.dropout('dropout', net.globalAveragePool('pool', point), 0.2), { out: 3 }))
}

const IMAGES = 4

export interface InIntegers {
  readonly model: IntegerModel
  readonly logits: Float32Array
}

export interface TrainedCase {
  readonly pixels: Uint8Array
  /** The integer model with these widths, one a quantizer or one for each of its kernels, and the trainer's logits of it; without a function they spread over what is allowed. */
  at(bits?: (spec: QuantizerSpec, index: number) => number): InIntegers
  close(): void
}

/** Cases that are closed after each test. */
export function trainedCases(): (network: NetworkDefinition, compression?: object, compile?: boolean) => TrainedCase {
  const open: TrainedCase[] = []
  afterEach(() => {
    for (const one of open.splice(0)) one.close()
  })
  return (network, compression = {}, compile = false) => {
    const one = trainedCase(network, compression, compile)
    open.push(one)
    return one
  }
}

export const largestDifference = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))))

/** Random weights, quantized with ranges from noise. */
export function trainedCase(network: NetworkDefinition, compression: object = {}, compile = false): TrainedCase {
  const [height, width, channels] = network.input
  const shape = [height, width, channels] as const
  const config = CompressionConfig.parse({ algorithm: 'fracbits_quantization', overflow_fix: 'disable', ...compression })
  const specs = placeQuantizers(network, config)
  const mean = Array.from({ length: channels }, () => 0.5)
  const std = Array.from({ length: channels }, () => 0.25)
  const built = buildTrainingGraph({
    network,
    specs,
    batchSize: IMAGES,
    evaluationBatchSize: IMAGES,
    mean,
    std,
    floatOptimizer: null,
    widthOptimizer: null,
    sizeLoss: null,
    compileQuantizers: compile,
    ...(compile ? { compileFrom: 1 } : {}),
  })
  const engine = new TrainingEngine(built, specs, shape, { train: IMAGES, evaluation: IMAGES })
  engine.write(initialValues(network, 3), true)
  const batch = noiseBatch(1, IMAGES, shape, network.numClasses)
  const collection = engine.createCollection()
  engine.collectRanges(batch, collection)
  engine.initialiseRanges(collection, false)
  engine.adaptBatchNorm(batch)
  const spread = (spec: QuantizerSpec, i: number): number => spec.minBits + (i % (spec.maxBits - spec.minBits + 1))
  return {
    pixels: batch.images,
    at(bits = spread) {
      engine.write(new Map([['quantizers/bits', Float32Array.from(widthSpecs(specs), bits)]]))
      const state = engine.read()
      const model = integerModel({ network, specs, mean, std, state, ...integerParts(network, specs, state) })
      return { model, logits: engine.logits('integer-sums', batch) }
    },
    close: () => engine.close(),
  }
}

/** The exported model's logits in a runtime with its own settings, and the file. */
export async function inRuntime(
  model: IntegerModel,
  pixels: Uint8Array,
  format: Extract<ExportFormat, 'onnx' | 'qonnx'> = 'onnx',
): Promise<{ logits: Float32Array; bytes: Uint8Array; payloadBytes: number }> {
  const { bytes, size } = exportedFile(model, format, PROVENANCE)
  const session = await ort.InferenceSession.create(bytes)
  const [height, width, channels] = model.network.input
  const images = pixels.length / (height * width * channels)
  const { logits } = await session.run({ images: new ort.Tensor('uint8', pixels, [images, height, width, channels]) })
  await session.release()
  if (!(logits?.data instanceof Float32Array)) throw new TypeError('no logits')
  return { logits: logits.data, bytes, payloadBytes: size.payloadBytes }
}

/** The logits that TensorFlow.js gives for the model's export, the file, and the bytes of its codes. */
export async function inTfjs(model: IntegerModel, pixels: Uint8Array, backend: TfjsBackend): Promise<{ logits: Float32Array; bytes: Uint8Array; payloadBytes: number }> {
  const { bytes, size } = exportedFile(model, 'tfjs', PROVENANCE)
  const session = await tfjsSession(bytes, backend)
  const [height, width, channels] = model.network.input
  try {
    const logits = await session.run(pixels, [pixels.length / (height * width * channels), height, width, channels])
    return { logits, bytes, payloadBytes: size.payloadBytes }
  } finally {
    await session.close()
  }
}

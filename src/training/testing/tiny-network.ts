import { createNetworkBuilder } from '../../models/network-builder'
import type { NetworkDefinition } from '../../models/layers'
import type { Batch } from '../../data/batch'
import { randomStream } from '../../util/random'

/** Two residual paths with every kind of layer that has parameters, on 6x6 images: small enough to differentiate by hand. */
export function tinyNetwork(): NetworkDefinition {
  const net = createNetworkBuilder({ name: 'tiny', className: 'Tiny', input: [6, 6, 2], numClasses: 3 })
  const stem = net.relu('relu', net.batchNorm('bn1', net.conv('conv1', net.input, { out: 4, kernel: 3, stride: 2 })))
  const depth = net.relu6('relu6', net.batchNorm('bn2', net.conv('depthwise', stem, { out: 4, kernel: 3, groups: 4 })))
  const point = net.batchNorm('bn3', net.conv('pointwise', depth, { out: 4, kernel: 1, bias: true }))
  const sum = net.add(stem, point)
  return net.finish(net.linear('fc', net.globalAveragePool('pool', net.maxPool('max', sum, { kernel: 3, stride: 2, padding: 1 })), { out: 3 }))
}

/** A batch of noise that depends on `step` only. */
export function noiseBatch(step: number, size: number, shape: readonly [number, number, number], classes: number): Batch {
  const random = randomStream(7, step)
  const pixels = size * shape[0] * shape[1] * shape[2]
  const images = Uint8Array.from({ length: pixels }, (_, i) => random.below(i, 256))
  const labels = Int32Array.from({ length: size }, (_, i) => random.below(pixels + i, classes))
  return { images, labels, step, release: () => undefined }
}

import { inceptionBlocks, UNPADDED } from './inception-blocks'
import type { FeatureShape, NetworkDefinition } from './layers'
import { createNetworkBuilder } from './network-builder'
import type { NetworkBuilder, Value } from './network-description'

export interface InceptionV3Options {
  readonly input: FeatureShape
  readonly numClasses: number
  /** Multiplies the channels of all convolutions; 1 is torchvision's network. */
  readonly widthMult: number
  /** Brings images normalised with ImageNet's statistics to -1..1, as the published weights expect. Only images with three channels have them. */
  readonly transformInput: boolean
}

/** ImageNet's mean and standard deviation per channel, on the 0..1 scale. */
const IMAGENET = [
  { mean: 0.485, std: 0.229 },
  { mean: 0.456, std: 0.224 },
  { mean: 0.406, std: 0.225 },
] as const

/**
 * Inception V3 as torchvision 0.10 has it (Szegedy et al. 2015), with its auxiliary head on the last 17 x 17 feature map.
 * Takes 299 x 299 images; the head needs that map to be at least 17 x 17.
 */
export function inceptionV3({ input, numClasses, widthMult, transformInput }: InceptionV3Options): NetworkDefinition {
  const net = createNetworkBuilder({
    name: 'inception_v3',
    className: 'Inception3',
    input,
    numClasses,
    // torchvision marks the auxiliary head's second convolution with 0.01 too, but on its wrapper, where nothing reads it.
    truncatedNormal: { deviation: 0.1, exceptions: { 'AuxLogits.fc': 0.001 } },
  })
  const blocks = inceptionBlocks(net, (channels) => Math.max(1, Math.round(channels * widthMult)))

  let x = transformInput && input[2] === IMAGENET.length ? transformed(net) : net.input
  x = blocks.conv('Conv2d_1a_3x3', x, { out: 32, kernel: 3, stride: 2, padding: UNPADDED })
  x = blocks.conv('Conv2d_2a_3x3', x, { out: 32, kernel: 3, padding: UNPADDED })
  x = blocks.conv('Conv2d_2b_3x3', x, { out: 64, kernel: 3 })
  x = net.maxPool('maxpool1', x, { kernel: 3, stride: 2 })
  x = blocks.conv('Conv2d_3b_1x1', x, { out: 80, kernel: 1 })
  x = blocks.conv('Conv2d_4a_3x3', x, { out: 192, kernel: 3, padding: UNPADDED })
  x = net.maxPool('maxpool2', x, { kernel: 3, stride: 2 })
  x = blocks.a('Mixed_5d', blocks.a('Mixed_5c', blocks.a('Mixed_5b', x, 32), 64), 64)
  x = blocks.b('Mixed_6a', x)
  x = blocks.c('Mixed_6d', blocks.c('Mixed_6c', blocks.c('Mixed_6b', x, 128), 160), 160)
  x = blocks.c('Mixed_6e', x, 192)
  const auxiliary = net.module('AuxLogits', 'InceptionAux', () => {
    let y = net.averagePool(null, x, { kernel: 5, stride: 3 })
    y = blocks.conv('conv1', blocks.conv('conv0', y, { out: 128, kernel: 1 }), { out: 768, kernel: 5, padding: UNPADDED })
    return net.linear('fc', net.globalAveragePool(null, y), { out: numClasses })
  })
  x = blocks.e('Mixed_7c', blocks.e('Mixed_7b', blocks.d('Mixed_7a', x)))
  return net.finish(net.linear('fc', net.dropout('dropout', net.globalAveragePool('avgpool', x), 0.5), { out: numClasses }), { auxiliary })
}

/** x std / 0.5 + (mean - 0.5) / 0.5, channel by channel. */
function transformed(net: NetworkBuilder): Value {
  const channels = IMAGENET.map(({ mean, std }, channel) =>
    net.addScalar(net.multiplyScalar(net.selectChannel(net.input, channel), std / 0.5), (mean - 0.5) / 0.5),
  )
  return net.concat(channels)
}
